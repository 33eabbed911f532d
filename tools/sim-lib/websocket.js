// The packages of all simulators are installed here, so they are imported from here.
export { WebSocket as WebSocketClient, WebSocketServer } from 'ws'
