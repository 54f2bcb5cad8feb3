"use strict";
// Stops and starts the loops of clips. Without it, or where less motion is asked for, there is no button.
const pause = document.getElementById("pause");
pause.hidden = false;
pause.addEventListener("click", () => {
  const stop = pause.getAttribute("aria-pressed") !== "true";
  pause.setAttribute("aria-pressed", String(stop));
  document.documentElement.classList.toggle("paused", stop);
});
