// The key of the QR code is the last part of the address; who typed the address has none, and types the word.
const [, , given = ""] = location.pathname.split("/");
const room = document.querySelector("main.seral");
room.__seral_label = new Phone(room, decodeURIComponent(given));
