export type { DaemonConfig, FieldPatterns, PipelineConfig } from './config/config.ts'
export { createFrameDecoder, type FrameDecoder } from './pipeline/frame-decoder.ts'
export { createPipeline, type Pipeline, type PipelineHealth, type PipelineSurroundings } from './pipeline/pipeline.ts'
