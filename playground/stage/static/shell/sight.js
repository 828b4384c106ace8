/** Whether an element is in sight, or nearly: what nobody sees need not be drawn while a run plays. */

/**
 * @param {Element} element
 * @param {() => void} onSeen it has come into sight
 * @returns {{seen: boolean, destroy: () => void}} in sight until the opposite is known
 */
export function watchSight(element, onSeen) {
  const observer = new IntersectionObserver(
    (entries) => {
      sight.seen = entries[entries.length - 1].isIntersecting;
      if (sight.seen) onSeen();
    },
    { rootMargin: "100px" },
  );
  const sight = { seen: true, destroy: () => observer.disconnect() };
  observer.observe(element);
  return sight;
}
