export { errorMessage } from '@pumphouse/options'
