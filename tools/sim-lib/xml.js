// The packages of all simulators are installed here, so they are imported from here.
export { SaxesParser } from 'saxes'
