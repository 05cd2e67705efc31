"""An application with every fault, a page for each."""

import os
import sqlite3
import threading
import time
from contextlib import closing

from flask import Flask, Response, abort, request

PAGES = {
    "clean": "<button>Save</button>",
    "unreadable": "<style>:root { color-scheme: light dark } body { background: light-dark(#fff, #111) } "
    ".pale { color: light-dark(#bbb, #fff) } .dark { color: light-dark(#000, #333) }</style>"
    "<button></button><p class='pale'>Hardly to be read by day</p><p class='dark'>Hardly to be read by night</p>",
    "unfit": "<p class='banner' style='width: 700px'>Everything must go</p>"
    "<div><button style='width: 12px; height: 12px; padding: 0' aria-label='Close'>x</button>"
    "<button style='width: 12px; height: 12px; padding: 0' aria-label='Open'>o</button></div>",
    "overfull": "<dialog open style='width: 200px'><p class='terms' style='width: 300px'>All of the terms</p></dialog>",
    "spilt": f"<main style='width: 200px'><p class='name'>{'w' * 60}</p></main>",
    "trap": "<button>First</button><input aria-label='Search'><button>Last</button><script src='/trap.js'></script>",
    "skipped": "<button>First</button><div contenteditable aria-label='Text'>Write</div><button>Last</button>"
    "<script src='/skip.js'></script>",
    "round": "<button>In</button><button>Still in</button><a href='#'>Out</a><script src='/round.js'></script>",
    "circle": "<button>First</button><button>Last</button><script src='/round.js'></script>",
    "modal": "<button>Behind</button><dialog aria-label='Choose'><label><input type='radio' name='size'>Small</label>"
    "<label><input type='radio' name='size' checked>Large</label><button>Done</button></dialog>"
    "<script src='/modal.js'></script>",
    "inert": "<button>Save</button><button inert>Later</button><div inert><button>Never</button></div>",
    "shadow": "<style>button { border: 0; outline: none } button:focus { box-shadow: 0 0 0 3px blue }</style>"
    "<button>Save</button>",
    "paused": "<style>@keyframes away { to { opacity: 0 } } h1 { animation: away 1s paused }</style>",
    "imports": "<script type='module' src='/imports.js'></script>",
    "background": "<style>h1 { background: url('/nowhere.png') }</style>",
    "poster": "<video poster='/nowhere.png'></video>",
    "drawn": "<svg><image href='/nowhere.png' width='9' height='9' /></svg>",
    "sprite": "<svg><use href='/nowhere.svg#star' /></svg>",
    "font": "<style>@font-face { font-family: lost; src: url('/nowhere.woff2') } h1 { font-family: lost }</style>",
    "framed": f"<iframe title='A form' srcdoc='{'<button>Choose</button>' * 12}'></iframe><button>Done</button>",
    "unseen": "<style>* { outline: none }</style><button style='all: unset'>Save</button><button>Close</button>",
}
SCRIPTS = {
    "modal.js": "document.querySelector('dialog').showModal();",
    "trap.js": "document.querySelector('input').onkeydown = (event) => event.preventDefault();",
    "skip.js": "const [first, last] = document.querySelectorAll('button');"
    "first.onkeydown = (event) => { event.preventDefault(); last.focus(); };",
    "imports.js": "import '/nowhere.js';",
    "round.js": "const [first, second] = document.querySelectorAll('button');"
    "second.onkeydown = (event) => { event.preventDefault(); first.focus(); };",
}
TABLE = "CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY)"


def create_app() -> Flask:
    app = Flask(__name__)
    app.extensions["remembered"] = []
    endless = threading.Event()
    held: list[sqlite3.Connection] = []

    @app.get("/<name>")
    def page(name: str) -> str:
        if name not in PAGES:
            abort(404)
        return f"<!doctype html><html lang=en><title>{name}</title><main><h1>{name}</h1>{PAGES[name]}</main>"

    @app.get("/<name>.js")
    def script(name: str) -> Response:
        if f"{name}.js" not in SCRIPTS:
            abort(404)
        return Response(SCRIPTS[f"{name}.js"], mimetype="text/javascript")

    @app.get("/cookies")
    def cookies() -> str:
        return request.headers.get("Cookie", "")

    @app.get("/crash")
    def crash() -> str:
        raise RuntimeError("planted")

    @app.get("/slow-crash")
    def crash_slowly() -> str:
        time.sleep(0.3)  # the planted fault: it fails when its test has ended already
        raise RuntimeError("planted")

    @app.post("/rows")
    def add() -> dict[str, int]:
        time.sleep(0.3)  # the planted fault: it writes when its test has ended already
        with closing(sqlite3.connect(os.environ["PLANTED_DATABASE"])) as database, database:
            database.execute("INSERT INTO rows DEFAULT VALUES")
        return {}

    @app.get("/rows")
    def rows() -> dict[str, int]:
        app.extensions["remembered"].append(1)
        with closing(sqlite3.connect(os.environ["PLANTED_DATABASE"])) as database, database:
            (count,) = database.execute("SELECT count(*) FROM rows").fetchone()
        return {"rows": count, "remembered": len(app.extensions["remembered"])}

    @app.get("/hold")
    def hold() -> str:
        held.append(sqlite3.connect(os.environ["PLANTED_DATABASE"], check_same_thread=False))
        held[-1].execute("INSERT INTO rows DEFAULT VALUES")  # the planted fault: nobody ends this transaction
        return ""

    @app.get("/shut")
    def shut() -> Response:
        return Response(page("clean"), headers={"Content-Security-Policy": "default-src 'none'"})

    @app.get("/late")
    def late() -> Response:
        response = Response("0")
        response.call_on_close(lambda: time.sleep(0.3))  # the planted fault: the page has it, the server goes on
        return response

    @app.get("/die")
    def die() -> str:
        threading.Timer(0.1, os._exit, [1]).start()  # the planted fault: it ends by itself
        return ""

    @app.get("/endless")
    def wait() -> str:
        endless.wait()
        return ""

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault(
            "Content-Security-Policy",
            "default-src 'self'; img-src 'self' data:; style-src 'unsafe-inline'; require-trusted-types-for 'script'",
        )
        return response

    return app


def forget(app: Flask) -> None:
    app.extensions["remembered"].clear()
