// Clips to be told by ear: each is played, guessed aloud, and only then revealed.

class Hearing {
  constructor(root, { corpus, clips, target, classes }) {
    this.corpus = corpus;
    this.clips = clips;
    this.player = new Player();
    this.cards = make("div", "hear-cards");
    clips.forEach((clip, i) => {
      const card = make("button", "hear-card");
      card.append(make("b", "", String(i + 1)), make("span", "", "▶ listen"));
      card.onclick = () => this.press(i);
      this.cards.append(card);
    });
    this.ask = make("div", "hear-ask", classes.length ? `Which ${target}: ${classes.join(", ")}?` : `How high is ${target}?`);
    this.player.node.hidden = true;  // until there is a clip to see
    root.append(this.cards, this.ask, this.player.node);
    this.watch = new ResizeObserver(() => this.player.draw());
    this.watch.observe(root);
  }
  // First it sounds, then it is revealed.
  press(i) {
    const clip = this.clips[i], card = this.cards.children[i];
    if (this.now === i && !card.classList.contains("told")) {
      card.classList.add("told");
      card.lastChild.textContent = clip.is;
      return;
    }
    this.now = i;
    this.player.node.hidden = false;
    if (!card.classList.contains("told")) card.lastChild.textContent = "reveal";
    this.player.play({ id: clip.id, title: `Clip ${i + 1}`, url: clipUrl(this.corpus, clip.id) });
    [...this.cards.children].forEach((other, k) => other.classList.toggle("on", k === i));
  }
  key(e) {
    const i = Number(e.key) - 1;
    if (!(i >= 0 && i < this.clips.length)) return false;
    this.press(i);
    return true;
  }
  stop() { this.watch.disconnect(); this.player.stop(); }
}
