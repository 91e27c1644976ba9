export type { DaemonConfig, FieldPatterns, PipelineConfig } from './config/config.ts'
export { createPipeline, type Pipeline, type PipelineHealth, type PipelineSurroundings } from './pipeline/pipeline.ts'
