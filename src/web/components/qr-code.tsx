/** A text as a QR code. */
import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { encode } from 'uqr'

/** Modules of white around the code (ISO/IEC 18004, section 5.3.8). */
const QUIET_ZONE = 4

export function QrCode({ text, label }: { readonly text: string; readonly label: string }): VNode {
  const { size, path } = useMemo(() => {
    const { data } = encode(text, { border: QUIET_ZONE })
    const dark = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    return { size: data.length, path: dark.join('') }
  }, [text])
  return (
    <svg class="safety-code" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <path d={path} />
    </svg>
  )
}
