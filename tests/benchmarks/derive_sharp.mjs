// Makes the same variants with sharp: a request as JSON a line in, its figures a line out.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'

const sharp = createRequire(process.argv[2])('sharp')
sharp.cache(false)

// The settings of workers/cpu_processing/steps/encode.py; libheif's effort e is libaom's speed 9 - e.
const settings = {
  jpeg: { progressive: true, optimiseCoding: true, chromaSubsampling: '4:2:0' },
  webp: { effort: 4 },
  avif: { effort: 1, chromaSubsampling: '4:2:0' },
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line)
  const data = readFileSync(asked.source)
  const options = { quality: asked.quality, ...settings[asked.format] }
  const cpu = process.cpuUsage()
  const began = performance.now()
  const source = sharp(data)
  const made = await Promise.all(asked.widths.map(
    (width) => source.clone().resize(width).toFormat(asked.format, options).toBuffer()))
  const wall = (performance.now() - began) / 1e3
  const used = process.cpuUsage(cpu)
  const bytes = made.reduce((sum, file) => sum + file.length, 0)
  console.log(JSON.stringify({ wall, cpu: (used.user + used.system) / 1e6, bytes }))
}
