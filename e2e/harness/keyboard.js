/** One walk through a page by Tab: which controls there are, which were reached, and whether the focus shows. */
class Walk {
  static controls =
    "a[href], button, input, select, textarea, summary, iframe, [tabindex], [contenteditable]:not([contenteditable='false'])";

  constructor() {
    if (!document.body.hasChildNodes()) throw new Error("There is nothing on this page to walk through.");
    this.modal = [...document.querySelectorAll(":modal")].at(-1);
    this.start = Walk.stand(this.modal ?? document.body);
    this.all = [...(this.modal ?? document).querySelectorAll(Walk.controls)].filter(Walk.isReachable);
    this.unfocused = new Map(this.all.map((element) => [element, Walk.looks(element)]));
    this.reached = new Set();
  }

  /** Stands before the first control. A browser begins where the focus was last, and may not come back in at the top. */
  static stand(where) {
    const start = document.createElement("span");
    start.tabIndex = -1;
    where.prepend(start);
    start.focus({ preventScroll: true });
    return start;
  }

  static isReachable(element) {
    const edited = element.isContentEditable && !element.hasAttribute("tabindex"); // which says -1 of itself
    if (element.tabIndex < 0 && !edited) return false;
    if (element.matches(":disabled, input[type=hidden], [inert], [inert] *")) return false;
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    return !element.matches("input[type=radio]") || element === Walk.oneOfItsGroup(element);
  }

  static oneOfItsGroup(radio) {
    const root = radio.form ?? document;
    const group = [...root.querySelectorAll("input[type=radio]")].filter(
      (other) => other.name === radio.name,
    );
    return group.find((other) => other.checked) ?? group[0];
  }

  /** What shows the focus: the control itself, or a part drawn before or after it. */
  static looks(element) {
    return [null, "::before", "::after"].map((part) => Walk.styled(element, part)).join("; ");
  }

  static styled(element, part) {
    const style = getComputedStyle(element, part);
    if (part && style.content === "none") return "";
    const looks = [style.boxShadow, style.backgroundColor, style.color];
    // A line that is not drawn has a colour as well.
    if (style.outlineStyle !== "none") looks.push(style.outlineStyle, style.outlineWidth, style.outlineColor);
    if (style.borderWidth !== "0px") looks.push(style.borderColor);
    return looks.join(" ");
  }

  static name(element) {
    const text =
      element.ariaLabel ||
      element.labels?.[0]?.innerText ||
      element.innerText ||
      element.title ||
      element.name;
    const place = [...document.querySelectorAll(element.localName)].indexOf(element) + 1;
    return `${element.localName} “${(text || `number ${place}`).trim().split("\n")[0].slice(0, 60)}”`;
  }

  /** Where the focus is now, and what it has not been at yet; null when it has left the page's controls. */
  step() {
    this.start.remove();
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    if (!element || element === document.body || element === document.documentElement) {
      this.current = null;
      return null;
    }
    const again = element === this.current;
    const control = element.matches("input[type=radio]") ? Walk.oneOfItsGroup(element) : element;
    const first = !this.reached.has(control);
    this.current = element;
    this.reached.add(control);
    const before = this.unfocused.get(element);
    const visible = before !== undefined && before !== Walk.looks(element);
    const inside = element.localName === "iframe"; // whose own controls are not told apart
    return { name: Walk.name(element), again, first, inside, visible, missed: this.missed() };
  }

  missed() {
    return this.all.filter((element) => element.isConnected && !this.reached.has(element)).map(Walk.name);
  }

  rest() {
    this.current.blur();
  }

  resume() {
    this.current.focus({ focusVisible: true });
  }
}

new Walk();
