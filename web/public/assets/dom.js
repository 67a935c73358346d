// @ts-check

/**
 * Makes an element. Children that are strings become text, never markup: the only way data gets onto a page.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string | boolean | undefined>} [attributes] `true` sets an empty one, `false` and undefined none
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/**
 * The element with this id.
 *
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no element with the id "${id}".`);
  return /** @type {T} */ (element);
}

/** Drawn, not typed: which fonts a machine has must not decide whether a status has its icon. 16 × 16. */
const ICONS = {
  succeeded: 'M3 8.5l3.2 3.2L13 4.8',
  failed: 'M4 4l8 8M12 4l-8 8',
  waiting: 'M8 4v4.2l2.8 1.7M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8',
  stopped: 'M3.7 3.7l8.6 8.6M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8',
};

/** @param {keyof typeof ICONS} name */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

// C0 and C1 controls, and what overrides or embeds a direction (Unicode UAX #9, section 2): `gpj.exe` must not read as
// `exe.jpg`. The plain marks U+200E and U+200F stay; honest Hebrew and Arabic names use them.
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text of unknown origin, made fit to stand in a line: characters that hide or reverse what surrounds them are spelled
 * out as `[U+202E]`, and it ends after `max` characters.
 *
 * @param {unknown} text
 * @param {number} max characters (UTF-16 units)
 */
export function tame(text, max) {
  const whole = String(text);
  // Cut first: a name may have a megabyte. A pair of surrogates stays whole.
  const cut = whole.length <= max ? whole : `${whole.slice(0, max).replace(/[\ud800-\udbff]$/, '')}…`;
  return cut.replace(INVISIBLE, (character) => {
    if (character === '\n' || character === '\t' || character === '\r') return ' ';
    return `[U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}]`;
  });
}
