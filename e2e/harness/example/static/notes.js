const form = document.querySelector("form");
const list = document.querySelector("ul");
const status = document.querySelector("[role=status]");

/** A button that says what it does, and for which note. */
function button(text, note, action) {
  const element = document.createElement("button");
  element.textContent = text;
  element.ariaLabel = `${text} ${note.text}`;
  element.addEventListener("click", action);
  return element;
}

function item(note) {
  const element = document.createElement("li");
  const day = document.createElement("time");
  day.textContent = note.written.slice(0, 10);
  element.append(
    note.text,
    " ",
    day,
    " ",
    button("Copy", note, () => say("Copied.", () => navigator.clipboard.writeText(note.text))),
    " ",
    button("Delete", note, () => say("Deleted.", () => send(`/notes/${note.id}`, { method: "DELETE" }))),
  );
  return element;
}

async function send(path, options) {
  const answer = await fetch(path, options);
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  await answer.arrayBuffer();
}

async function show() {
  const notes = await (await fetch("/notes")).json();
  list.replaceChildren(...notes.map(item));
  status.textContent = notes.length ? `Notes: ${notes.length}` : "No notes.";
}

/** Do something that may fail, and tell how it went. */
async function say(done, action) {
  status.textContent = "Working …";
  try {
    await action();
    await show();
    status.textContent = done;
  } catch {
    status.textContent = "That did not work. Try again.";
  }
}

const add = (text) =>
  send("/notes", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text }),
  });

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await say("Added.", () => add(form.elements.text.value));
  form.reset();
});

document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  for (const file of event.dataTransfer.files) await say("Added.", async () => add(await file.text()));
});

document.querySelector("#passkey").addEventListener("click", () =>
  say("Passkey added.", () =>
    navigator.credentials.create({
      publicKey: {
        challenge: crypto.getRandomValues(new Uint8Array(16)),
        rp: { name: "Notes" },
        user: { id: new Uint8Array(16), name: "notes", displayName: "Notes" },
        pubKeyCredParams: [{ type: "public-key", alg: -7 }],
      },
    }),
  ),
);

await show();
