// The map in a notebook: it asks the kernel, not a server, and keys count only while it has the focus.
class NotebookMap extends MapView {
  ask(kind) { return this.transport.get(kind, {}); }
  expect() {}
  async sound(clip) {
    const asked = this.playing;
    try {
      const wav = await this.transport.clip(clip.id);
      if (this.playing !== asked) return;
      if (this.heard) URL.revokeObjectURL(this.heard);
      this.heard = URL.createObjectURL(new Blob([wav], { type: "audio/wav" }));
      this.player.play({ ...clip, url: this.heard, ...await picture(wav) });
    } catch (wrong) { this.player.say(wrong.message); }
  }
}

function render({ model, el }) {
  const root = make("div", "seral in-notebook");
  root.dataset.lmSuppressShortcuts = "true";
  el.append(root);
  const view = new NotebookMap(root);
  view.transport = new MessageTransport(model);
  root.__seral_map = view;
  view.update({ experiment: "notebook", run: "map", layout: "pca", active: false });
  return () => { view.stop(); view.transport.stop(); };
}
export default { render };
