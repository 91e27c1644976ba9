export type { DaemonConfig, FieldPatterns, PipelineConfig } from './config/config.ts'
export { createFrameDecoder, type FrameDecoder } from './pipeline/frame-decoder.ts'
export { createPipeline, type Pipeline, type PipelineHealth } from './pipeline/pipeline.ts'
export type { PipelineSurroundings } from './pipeline/surroundings.ts'
