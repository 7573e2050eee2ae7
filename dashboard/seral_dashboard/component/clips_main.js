export default function ({ data, parentElement }) {
  const [widget, end] = mounted(parentElement, "clips", (root) => new ClipList(root));
  widget.update(data);
  return end;
}
