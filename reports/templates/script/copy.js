// Buttons that copy a text.

function copyButton(text, what) {
  const button = make("button", { type: "button", class: "copy", "aria-label": `Copy ${what}` }, "Copy");
  const tell = (words, label) => {
    button.textContent = words;
    button.setAttribute("aria-label", label);
  };
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      tell("Copied", `Copied ${what}`);
    } catch {
      tell("Select it", `${what} cannot be copied here: select it`);
    }
    setTimeout(() => tell("Copy", `Copy ${what}`), 1500);
  });
  return button;
}

function commandBlock(command, shell) {
  const block = make("pre", { class: "ready", "data-shell": shell, tabindex: "0" }, make("code", {}, command));
  block.append(copyButton(command, "this command"));
  return block;
}

// The commands that stand in the page get their buttons when their part is opened.
function copyableWhenOpened() {
  document.addEventListener("toggle", (event) => {
    for (const block of event.target.open ? event.target.querySelectorAll("pre:not(.ready)") : []) {
      block.classList.add("ready");
      block.append(copyButton(block.querySelector("code").textContent, "this command"));
    }
  }, true);
}
