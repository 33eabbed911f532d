// Stands in for the far side: answers this page's own offer inside the page, so that audio flows
// in a circle. The mock sends the word "mock" as its SDP answer.
const Native = window.RTCPeerConnection
window.RTCPeerConnection = class extends Native {
  async setRemoteDescription(description) {
    if (description.sdp !== 'mock') return super.setRemoteDescription(description)
    const far = new Native()
    this.addEventListener('icecandidate', ({ candidate }) => candidate && far.addIceCandidate(candidate))
    far.addEventListener('icecandidate', ({ candidate }) => candidate && this.addIceCandidate(candidate))
    far.addEventListener('track', ({ track }) => far.addTrack(track))
    await far.setRemoteDescription(this.localDescription)
    const answer = await far.createAnswer()
    await far.setLocalDescription(answer)
    await super.setRemoteDescription(answer)
  }
}
