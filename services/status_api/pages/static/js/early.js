// Before the first paint: what needs JavaScript is shown from the beginning, so that nothing jumps.
document.documentElement.classList.add("js");
