export default function ({ data, parentElement }) {
  const [widget, end] = mounted(parentElement, "in_time", (root) => new RunInTime(root));
  widget.update(data);
  return end;
}
