/** `parley doctor` as a process of its own, in whatever network it is started: options as one JSON object. */
import { runDoctor, type DoctorOptions } from '../../../src/cli/doctor/doctor-command.ts'

const DEFAULTS: DoctorOptions = {
  name: 'alice',
  isNamed: true,
  ip: '0.0.0.0',
  port: undefined,
  tracker: undefined,
  isTrackerOptional: false,
  interfaces: [],
  lan: true,
  peers: [],
  timeout: 5,
  json: false,
  color: false,
}

const given = JSON.parse(process.argv[2] ?? '{}') as Partial<DoctorOptions>
process.exitCode = await runDoctor({ ...DEFAULTS, ...given })
