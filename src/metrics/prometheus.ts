/**
 * Counters and gauges as Prometheus text, with Node's process metrics. Loaded at the first request for them.
 *
 * A family becomes one metric, its kinds a label: the counter `refused.bad_request` is
 * `parley_refused_total{kind="bad_request"}`, the gauge `connections` is `parley_connections`.
 */
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import { WHOLE, families, type Numbers } from './families.ts'

/**
 * One for the whole process, whatever the number of trackers and peers in it: the observer of garbage collections that
 * prom-client starts cannot be stopped. It does not keep the process alive.
 */
let measured: Registry | undefined

function ofProcess(): Registry {
  if (measured !== undefined) return measured
  measured = new Registry()
  collectDefaultMetrics({ register: measured })
  return measured
}

export interface Exposition {
  readonly contentType: string
  /** Text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
  readonly text: string
}

export async function exposition(counters: Numbers, gauges: Numbers): Promise<Exposition> {
  const registry = new Registry()
  for (const [family, kinds] of families(counters)) {
    const name = `parley_${metricName(family)}_total`
    const counter = new Counter({ ...about(name, `Since the start: ${family}.`), registers: [registry] })
    for (const [kind, value] of kinds) counter.inc(labels(kind), value)
  }
  for (const [family, kinds] of families(gauges)) {
    const name = `parley_${metricName(family)}`
    const gauge = new Gauge({ ...about(name, `At this moment: ${family}.`), registers: [registry] })
    for (const [kind, value] of kinds) gauge.set(labels(kind), value)
  }
  const text = `${await registry.metrics()}\n${await ofProcess().metrics()}`
  return { contentType: registry.contentType, text }
}

function about(name: string, help: string): { name: string; help: string; labelNames: ['kind'] } {
  return { name, help, labelNames: ['kind'] }
}

function labels(kind: string): { kind?: string } {
  return kind === WHOLE ? {} : { kind }
}

function metricName(family: string): string {
  return family.replaceAll(/[^a-zA-Z0-9_]/g, '_')
}
