// Short messages, and questions before something happens. Text only ever goes in as text.
const MOST_TOASTS = 4;

export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export function toast(text, tone = "ok") {
  const place = document.getElementById("toasts");
  const made = element("div", { className: `toast toast-${tone}` }, element("p", { textContent: text }));
  place.append(made);
  while (place.children.length > MOST_TOASTS) place.firstChild.remove();
  setTimeout(() => made.remove(), tone === "bad" ? 15000 : 6000);
}

function field({ name, label, type, value, min, max }) {
  const input = element("input", { name, type });
  if (type === "checkbox") input.checked = Boolean(value);
  if (min !== undefined) input.min = min;
  if (max !== undefined) input.max = max;
  const text = element("span", { textContent: label });
  return type === "checkbox"
    ? element("label", { className: "check" }, input, text)
    : element("label", {}, text, input);
}

/** Asks; the fields' values (an object) when confirmed, null when not. */
export function ask({ title, text, button, fields = [] }) {
  const dialog = document.getElementById("dialog");
  const form = element("form", { method: "dialog" });
  form.append(element("h2", { id: "dialog-title", textContent: title }), element("p", { className: "muted", textContent: text }));
  if (fields.length) form.append(element("div", { className: "dialog-fields" }, ...fields.map(field)));
  const yes = element("button", { className: "button button-main", value: "yes", textContent: button });
  const no = element("button", { className: "button", value: "no", textContent: "Cancel", formNoValidate: true });
  form.append(element("div", { className: "dialog-buttons" }, no, yes));
  dialog.replaceChildren(form);
  dialog.returnValue = "";
  dialog.showModal();
  yes.focus();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "yes") return resolve(null);
        const values = {};
        for (const input of form.querySelectorAll("input")) {
          values[input.name] = input.type === "checkbox" ? input.checked : input.value === "" ? null : Number(input.value);
        }
        return resolve(values);
      },
      { once: true },
    );
  });
}
