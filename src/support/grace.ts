/** A signal that is aborted when the grace period after `stop` is over. */
export function graceAfter(stop: AbortSignal, graceSeconds: number): { readonly abandon: AbortSignal } & Disposable {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const begin = () => {
    timer = setTimeout(() => controller.abort(stop.reason), graceSeconds * 1000);
  };
  if (stop.aborted) begin();
  else stop.addEventListener('abort', begin, { once: true });
  return {
    abandon: controller.signal,
    [Symbol.dispose]() {
      stop.removeEventListener('abort', begin);
      clearTimeout(timer);
    },
  };
}
