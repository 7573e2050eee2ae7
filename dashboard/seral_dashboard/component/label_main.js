export default function ({ data, parentElement }) {
  const [, end] = mounted(parentElement, "label", (root) => new LabelView(root, new HttpTransport(data.base, data.secret), { name: data.name }));
  return end;
}
