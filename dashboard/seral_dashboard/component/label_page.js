// A rater's own page: the secret is the last part of the address.
const secret = decodeURIComponent(location.pathname.split("/").pop());
const root = document.querySelector(".seral"), place = document.querySelector("meta[name=seral-label]").content;
root.__seral_label = new LabelView(root, new HttpTransport(place, secret), { name: document.querySelector("meta[name=seral-name]").content });
