export default function ({ data, parentElement }) {
  const [widget, end] = mounted(parentElement, "duel", (root) => new Duel(root));
  widget.update(data);
  return end;
}
