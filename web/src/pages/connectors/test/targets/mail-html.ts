/** Elements that load something, run something or change what the frame is. */
const REMOVED =
  'script, iframe, frame, frameset, object, embed, applet, link, meta, audio, video, source, track, portal, ' +
  // What a template holds is in no list of elements until the frame makes a shadow tree of it; the others set attributes.
  'template, animate, set';
/** Attributes that load something or lead somewhere. */
const LOADING = [
  'src',
  'srcset',
  'background',
  'poster',
  'data',
  'href',
  'xlink:href',
  'action',
  'formaction',
  'ping',
  'manifest',
];

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
const FRAME_STYLE =
  'body{margin:16px;background:#fff;color:#1b1f23;font:14px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}';

/**
 * The HTML of a mail as a document of its own, for a frame that may run nothing. Scripts, addresses and everything that
 * would be loaded are taken out as well: a preview must tell nobody that it was looked at.
 *
 * @returns the document, and whether pictures were left out
 */
export function mailDocument(html: string): { document: string; hasPictures: boolean } {
  // A parsed document of this kind is inert: nothing in it runs or loads.
  // Except for this element, which the browser would refuse, and report as a breach of the console's own policy.
  const mail = new DOMParser().parseFromString(html.replaceAll(/<base\b/gi, '<meta'), 'text/html');
  let hasPictures = false;
  for (const element of mail.querySelectorAll(REMOVED)) element.remove();
  // Buttons outside of a form send nothing.
  for (const form of mail.querySelectorAll('form')) form.replaceWith(...form.childNodes);
  for (const element of mail.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes]) {
      const isInline = name === 'src' && /^data:image\/(png|jpeg|gif|webp);/i.test(value);
      if (LOADING.includes(name.toLowerCase()) && !isInline) {
        if (name === 'href' && element.localName === 'a') element.setAttribute('title', value);
        hasPictures ||= element.localName === 'img';
        element.removeAttribute(name);
      } else if (/^on|^autofocus$/i.test(name)) element.removeAttribute(name);
      // Also in `style`, and in what SVG has as attributes: `fill`, `mask`, `filter`.
      else if (ADDRESS.test(value)) element.setAttribute(name, withoutAddresses(value));
    }
  }
  for (const style of mail.querySelectorAll('style')) style.textContent = withoutAddresses(style.textContent ?? '');

  const policy = mail.createElement('meta');
  policy.setAttribute('http-equiv', 'Content-Security-Policy');
  policy.setAttribute('content', POLICY);
  const style = mail.createElement('style');
  style.textContent = FRAME_STYLE;
  mail.head.prepend(policy, style);
  return { document: `<!doctype html>${mail.documentElement.outerHTML}`, hasPictures };
}

/** What makes CSS load something. */
const ADDRESS = /@import[^;]*;?|(?:url|image|image-set|src)\s*\([^)]*\)?/i;

function withoutAddresses(css: string): string {
  return css.replaceAll(new RegExp(ADDRESS, 'gi'), (found) => (found.startsWith('@') ? '' : 'none'));
}
