// Before anything is drawn, so that a dark page never flashes white. Kept apart because nothing inline may run.
(() => {
  let scheme;
  try {
    scheme = localStorage.getItem('mantine-color-scheme-value');
  } catch {
    // Storage may be forbidden; the system's choice does as well.
  }
  const isDark = scheme === 'dark' || (scheme !== 'light' && window.matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light');
  // The ground that the browser paints while the styles are on their way.
  document.querySelector('meta[name=color-scheme]')?.setAttribute('content', isDark ? 'dark' : 'light');
})();
