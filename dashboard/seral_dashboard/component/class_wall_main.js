// The wall's own page.
const room = document.querySelector("main.seral");
room.__seral_label = new Wall(room, document.querySelector("meta[name=seral-wall]").content);
