// The looks that another site's page wishes for the frame. What cannot be read is not taken: nobody may hide what a
// talk costs by the colour of its words.

const PROPERTIES = ['--accent', '--accent-ink', '--card', '--ground', '--ink', '--soft', '--line', '--danger',
  '--danger-ink', '--radius', '--size'];
const LEAST_CONTRAST = { words: 4.5, shapes: 3 };

/** The red, green and blue of an opaque colour as a browser computes it; null for everything else. */
export function readColour(value) {
  const found = typeof value === 'string' && /^rgb\((\d{1,3}), (\d{1,3}), (\d{1,3})\)$/.exec(value);
  const parts = found ? found.slice(1).map(Number) : [];
  return parts.length && parts.every((part) => part <= 255) ? parts : null;
}

/** A number of pixels between two limits; null for everything else. */
export function readPixels(value, least, most) {
  const found = typeof value === 'string' && /^(\d{1,3}(?:\.\d{1,4})?)px$/.exec(value);
  const pixels = found ? Number(found[1]) : -1;
  return pixels >= least && pixels <= most ? pixels : null;
}

// WCAG 2.2, relative luminance and contrast ratio.
function luminance(colour) {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const WHITE = [255, 255, 255];
const BLACK = [17, 24, 22];
/** Black or white, whichever can be read better on the colour. */
const inkOn = (colour) => (contrast(colour, WHITE) >= contrast(colour, BLACK) ? WHITE : BLACK);
const mix = (one, other, share) => one.map((part, index) => Math.round(part * share + other[index] * (1 - share)));
const css = (colour) => `rgb(${colour.join(', ')})`;

/** A colour between two that can still be read on the second. */
function softer(ink, ground) {
  const mixed = mix(ink, ground, 0.75);
  return contrast(mixed, ground) >= LEAST_CONTRAST.words ? mixed : ink;
}

/** Each with what is written on it. */
const DANGERS = [[[169, 50, 38], [255, 255, 255]], [[240, 134, 122], [53, 11, 6]]];

/** The variables of the style sheet that a theme gives. Words and ground are taken together, or not at all. */
function variablesOf(theme) {
  const wish = theme !== null && typeof theme === 'object' ? theme : {};
  const [ink, ground, accent] = [readColour(wish.text), readColour(wish.background), readColour(wish.accent)];
  const variables = {};
  const isReadable = ink && ground && contrast(ink, ground) >= LEAST_CONTRAST.words;
  if (isReadable) {
    const [dark, light] = DANGERS;
    const [danger, dangerInk] = contrast(dark[0], ground) >= contrast(light[0], ground) ? dark : light;
    Object.assign(variables, {
      '--ink': css(ink), '--card': css(ground), '--ground': css(ground), '--soft': css(softer(ink, ground)),
      '--line': css(mix(ink, ground, 0.2)), '--danger': css(danger), '--danger-ink': css(dangerInk),
    });
  }
  // Without a ground of the page's own, the accent lies on ours: light or dark.
  const below = isReadable ? ground : readColour(getComputedStyle(document.body).backgroundColor) ?? WHITE;
  if (accent && contrast(accent, below) >= LEAST_CONTRAST.shapes) {
    Object.assign(variables, { '--accent': css(accent), '--accent-ink': css(inkOn(accent)) });
  }
  const [radius, size] = [readPixels(wish.radius, 0, 32), readPixels(wish.size, 14, 22)];
  if (radius !== null) variables['--radius'] = `${radius}px`;
  if (size !== null) variables['--size'] = `${size}px`;
  return variables;
}

/** Shows a theme, in place of the one before. */
export function applyTheme(theme) {
  const { style } = document.documentElement;
  // Ours is measured without the theme before.
  for (const name of PROPERTIES) style.removeProperty(name);
  for (const [name, value] of Object.entries(variablesOf(theme))) style.setProperty(name, value);
}
