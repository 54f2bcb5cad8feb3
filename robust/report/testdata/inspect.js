// Looks at the page it runs in, as it would be read, and says what is wrong with it. Its value is a promise.
(async () => {
  const wrong = [];
  const name = (e) => `${e.tagName.toLowerCase()} "${e.textContent.trim().slice(0, 40)}"`;

  if (document.documentElement.lang !== "en") wrong.push("the language is not en");
  if (document.querySelectorAll("h1").length !== 1) wrong.push("there is not one h1");
  let level = 0;
  for (const h of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const l = Number(h.tagName[1]);
    if (l > level + 1) wrong.push(`${name(h)} comes after h${level}`);
    level = l;
  }
  const ids = new Set();
  for (const e of document.querySelectorAll("[id]")) {
    if (ids.has(e.id)) wrong.push(`two elements are called ${e.id}`);
    ids.add(e.id);
  }
  for (const a of document.querySelectorAll("a")) {
    if (!ids.has(a.getAttribute("href").slice(1))) wrong.push(`${name(a)} leads nowhere`);
  }

  const images = [...document.querySelectorAll("img")];
  for (const img of images) {
    try {
      await img.decode();
    } catch (e) {
      wrong.push(`a picture cannot be decoded: ${e}`);
    }
    const shown = img.parentElement.getBoundingClientRect();
    if (img.naturalWidth < 1 || shown.width < 50 || shown.height < 50 || !img.alt) wrong.push(`picture "${img.alt}" is not to be seen`);
  }
  for (const svg of document.querySelectorAll("svg")) {
    const box = svg.getBoundingClientRect();
    if (!svg.getAttribute("aria-label") && svg.getAttribute("aria-hidden") !== "true") wrong.push("a chart has no label");
    if (box.width < 30 || box.height < 10) wrong.push(`chart "${svg.getAttribute("aria-label")}" is not to be seen`);
    for (const t of svg.querySelectorAll("text")) {
      const b = t.getBoundingClientRect();
      if (b.left < box.left - 1 || b.right > box.right + 1 || b.top < box.top - 1 || b.bottom > box.bottom + 1) wrong.push(`${name(t)} is cut off`);
      if (b.height < 10) wrong.push(`${name(t)} is ${b.height} pixels high`);
    }
  }

  for (const d of document.querySelectorAll("details")) d.open = true;
  if (document.documentElement.scrollWidth > innerWidth) wrong.push(`the page is ${document.documentElement.scrollWidth} pixels wide in a window of ${innerWidth}`);

  // Contrast by WCAG 2.2: of text with what is behind it.
  const rgb = (css) => css.match(/[\d.]+/g).map(Number);
  const luminance = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => sum + w * (c[i] / 255 <= 0.04045 ? c[i] / 255 / 12.92 : ((c[i] / 255 + 0.055) / 1.055) ** 2.4), 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  let texts = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || e.closest("script, style")) continue;
    texts++;
    const style = getComputedStyle(e);
    const a = luminance(rgb(e.closest("svg") ? style.fill : style.color)), b = luminance(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) wrong.push(`${name(e)} has a contrast of ${ratio.toFixed(2)}`);
  }
  return { Wrong: wrong.slice(0, 20), Texts: texts, Images: images.length };
})();
