// The stage of the talk: `rest`, `calling`, `live`, `ending`, or `elsewhere` in another window. The document's body has it
// in `data-talk`, for the style of all that is around the talk.
let stage = 'rest';

export const stageOfTalk = () => stage;

/** Emits `talk-stage` at the document when the stage is another one. */
export function setStage(next) {
  document.body.dataset.talk = next;
  if (next === stage) return;
  stage = next;
  document.dispatchEvent(new CustomEvent('talk-stage', { detail: next }));
}
