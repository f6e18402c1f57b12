// Runs before the page is drawn, and before the modules are there: no view is drawn that is not meant, and nothing that
// is pressed meanwhile is lost.
(() => {
  const root = document.documentElement;
  // A mailed link to a plan or a receipt is for somebody who has an account.
  if (location.pathname === '/' && /^#(plan|receipt)=/.test(location.hash)) history.replaceState(null, '', `/sign-in${location.hash}`);
  const path = location.pathname.toLowerCase();
  let isRemembered = false;
  try { isRemembered = localStorage.getItem('talktime-signed-in') === 'yes'; } catch { /* The server is asked later. */ }
  root.dataset.place = isRemembered ? 'home' : path === '/' ? 'landing' : 'entry';
  root.dataset.form = path === '/' || path === '/sign-up' ? 'register' : 'login';
  // @ts-ignore Debian's compiler does not know it yet.
  if (globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON) root.dataset.passkeys = '';

  // Who reads another language than English (see both/words.js) sees nothing before its words are there.
  let chosen = null;
  try { chosen = localStorage.getItem('talktime-language'); } catch { /* The browser's language counts. */ }
  const language = [chosen, ...navigator.languages].map((tag) => tag?.toLowerCase().split('-')[0])
    .find((tag) => ['en', 'hi'].includes(tag));
  if (language && language !== 'en') {
    document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href: `/words/${language}.js` }));
    root.dataset.awaits = language;
    setTimeout(() => delete root.dataset.awaits, 5000);
  }

  // The modules of home, which import each other in several steps, and its styles: they are fetched at once.
  const modules = [
    'page/home.js', 'page/agent.js', 'page/audio.js', 'page/beats.js', 'page/care-plan.js', 'page/continuation.js',
    'page/device-view.js', 'page/devices.js', 'page/elsewhere.js', 'page/history.js', 'page/invoice.js',
    'page/levels.js', 'page/link.js', 'page/papers.js', 'page/payment-memory.js', 'page/payments.js', 'page/purchases.js',
    'page/records.js', 'page/ring.js', 'page/setup.js', 'page/shop.js', 'page/talk-bar.js', 'page/talk-card.js',
    'page/talk-charge.js', 'page/talk-cost.js', 'page/talk-sound.js', 'page/talk-view.js', 'page/talk-words.js',
    'page/talk.js', 'page/top-up.js', 'both/conditions.js', 'both/months.js', 'both/pages.js',
    'both/states.js', 'both/svg.js',
  ];
  const styles = ['page/talk.css', 'page/records.css'];
  const link = (members) => Object.assign(document.createElement('link'), members);
  const fetchHome = () => document.head.append(
    ...styles.map((path) => link({ rel: 'preload', as: 'style', href: `/${path}` })),
    ...modules.map((path) => link({ rel: 'modulepreload', href: `/${path}` })));
  // Who begins to fill in the form is at home soon.
  if (isRemembered) fetchHome(); else addEventListener('focusin', fetchHome, { once: true });

  const early = [];
  const note = (event) => {
    if (document.body.dataset.view) {
      for (const kind of ['submit', 'click']) removeEventListener(kind, note, true);
      return;
    }
    const target = event.type === 'submit' ? event.target : event.target.closest?.('button:not([type=submit]), a[href]');
    if (!target) return;
    // A link to another document needs no module.
    if (target.href && new URL(target.href).origin !== location.origin) return;
    event.preventDefault();
    early.push(target);
  };
  for (const kind of ['submit', 'click']) addEventListener(kind, note, true);
  // The page's modules are there.
  document.addEventListener('page-ready', () => {
    for (const target of early.splice(0)) {
      if (target.requestSubmit) target.requestSubmit(); else target.click();
    }
  });
})();
