export function x(e: HTMLElement) { e.innerHTML = 'a'; e.insertAdjacentHTML('beforeend', 'x'); return <b dangerouslySetInnerHTML={{ __html: 'x' }} innerHTML='a' /> }
