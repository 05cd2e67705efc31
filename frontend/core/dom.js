/**
 * Builds the page from DOM calls. Text is text: there is no way to hand over markup, so nothing a member typed can
 * become an element, and the policy `trusted-types 'none'` holds.
 */

/** @typedef {Node | string | number | null | undefined | false | readonly Child[]} Child */
/** @typedef {string | number | boolean | null | undefined | ((event: any) => void)} Value */
/**
 * `onclick` and its like take a function; `true` sets an attribute, what is false or missing leaves it out. Where
 * `onclick` answers a promise, the element is busy until it is kept.
 * @typedef {{ [name: string]: Value }} Attributes
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  decorate(element, attributes);
  append(element, children);
  return element;
}

/**
 * The same for SVG.
 * @param {string} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  decorate(element, attributes);
  append(element, children);
  return /** @type {SVGElement} */ (element);
}

/**
 * Puts these children in the place of whatever an element held.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

let made = 0;

/** A name for an element that another one points to (label, description), unique in the page. */
export function uniqueId() {
  made += 1;
  return `e${made}`;
}

/** @param {Element} element @param {Attributes} attributes */
function decorate(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function")
      element.addEventListener(name.slice(2), name === "onclick" ? once(element, value) : value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined)
      element.setAttribute(name, String(value));
  }
}

/**
 * What a press has begun is not begun again before it is over: people click twice.
 * @param {Element} element
 * @param {(event: Event) => unknown} onclick
 */
function once(element, onclick) {
  return async (/** @type {Event} */ event) => {
    if (element.ariaBusy === "true") return;
    const begun = onclick(event);
    if (!(begun instanceof Promise)) return;
    element.ariaBusy = "true";
    try {
      await begun;
    } finally {
      element.ariaBusy = null;
    }
  };
}

/** @param {Element} element @param {readonly Child[]} children */
function append(element, children) {
  for (const child of children) {
    if (Array.isArray(child)) append(element, child);
    else if (child !== null && child !== undefined && child !== false)
      element.append(child instanceof Node ? child : String(child));
  }
}
