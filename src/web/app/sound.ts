/** A soft sound of two synthesized tones: no file, no request. */

/** Frequency in hertz, start in seconds. */
const TONES = [
  [587, 0],
  [784, 0.12],
] as const
const LOUDNESS = 0.06
const LENGTH = 0.25

let context: AudioContext | undefined

/** Silent as long as the browser forbids sounds because the user has not touched the page. */
export function playSound(): void {
  context ??= new AudioContext()
  for (const [frequency, delay] of TONES) {
    const start = context.currentTime + delay
    const tone = context.createOscillator()
    const volume = context.createGain()
    tone.frequency.value = frequency
    volume.gain.setValueAtTime(LOUDNESS, start)
    volume.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH)
    tone.connect(volume).connect(context.destination)
    tone.start(start)
    tone.stop(start + LENGTH)
  }
}
