"""demo-carrier as a process: carriers call each other, and a bare socket speaks SIP to one by hand."""
import ctypes, datetime, hashlib, json, os, re, signal, socket, struct, subprocess, sys, tempfile, time, unittest, urllib.error
import urllib.request, wave

EXE = os.environ['CARRIER_EXE']
WAIT_S = 20


def until(what, f, seconds=WAIT_S):
    end = time.monotonic() + seconds
    while True:
        value = f()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f'waited in vain: {what} (last: {value!r})')
        time.sleep(0.02)


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Carrier:
    def __init__(self, *args):
        self.dir = tempfile.TemporaryDirectory(prefix='carrier_test.')
        out = self.dir.name + '/out'
        self.log = open(self.dir.name + '/log', 'w+')
        self.process = subprocess.Popen(
            [EXE, '--listen', '127.0.0.1:0', '--control', '127.0.0.1:0', '--out', out, *args],
            stdout=self.log, stderr=self.log, preexec_fn=die_with_parent)
        until('the carrier listens', lambda: os.path.exists(out + '/carrier.json') or self.process.poll())
        with open(out + '/carrier.json') as f:
            state = json.load(f)
        self.out, self.sip, self.numbers = out, state['sip'], state['numbers']
        self.control = f'http://127.0.0.1:{state["control_port"]}'

    def ask(self, path, body=None, method=None):
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.control + path, data=data, method=method or ('POST' if data else 'GET'))
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def get(self, path):
        status, body = self.ask(path)
        assert status == 200, (path, status, body)
        return json.loads(body)

    def post(self, path, body=None):
        status, answer = self.ask(path, body if body is not None else {})
        assert status == 200, (path, status, answer)
        return json.loads(answer)

    def ring(self, **fields):
        return self.post('/ring', fields)['id']

    def call(self, number):
        return self.get(f'/calls/{number}')

    def until_state(self, number, state, seconds=WAIT_S):
        return until(f'call {number} is {state}',
                     lambda: (c := self.call(number))['state'] == state and c, seconds)

    def stop(self):
        """The exit status; a crash is a failure of whatever test did it."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(WAIT_S)
        self.log.close()
        self.dir.cleanup()
        return status


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()


def tones(call):
    return {t['hz']: t['ms'] for t in (call['audio'] or {}).get('tones', [])}


class TwoCarriers(unittest.TestCase):
    def setUp(self):
        self.far = Carrier()
        self.near = Carrier('--target', self.far.sip)

    def tearDown(self):
        self.assertEqual(self.near.stop(), 0)
        self.assertEqual(self.far.stop(), 0)

    def test_every_number_does_what_its_row_says(self):
        ids = {kind: self.near.ring(did=number, tone=600) for kind, number in self.far.numbers.items()}
        ended = {kind: self.near.until_state(ids[kind], 'ended')
                 for kind in ('busy', 'unknown', 'unavailable', 'declined', 'hangup')}
        self.assertEqual({k: c['sip_status'] for k, c in ended.items()},
                         {'busy': 486, 'unknown': 404, 'unavailable': 503, 'declined': 603, 'hangup': 200})
        self.assertAlmostEqual(ended['hangup']['talk_ms'], 3000, delta=1000)
        self.assertEqual(ended['hangup']['ended_by'], 'peer')

        slow = self.near.until_state(ids['slow'], 'answered')
        self.assertEqual(self.near.call(ids['no_answer'])['state'], 'ringing')
        self.assertEqual(self.near.call(ids['no_answer'])['sip_status'], 180)
        until('the far side is back from its hold', lambda: (c := self.near.call(ids['hold']))['holds'] and not c['held'])
        until('a second of tone', lambda: tones(self.near.call(ids['slow'])).get(1000, 0) > 1000)
        calls = {kind: self.near.call(number) for kind, number in ids.items()}
        for kind in ('tone', 'early_media', 'hold', 'slow'):
            self.assertEqual(calls[kind]['dominant_hz'], 1000, kind)
            self.assertEqual(calls[kind]['rtp']['lost'], 0, kind)
        self.assertEqual(calls['echo']['dominant_hz'], 600)
        self.assertEqual(tones(calls['silent']), {})
        self.assertLess(calls['silent']['audio']['dbfs'], -60)
        self.assertGreater(calls['speech']['audio']['dbfs'], -40, 'it speaks')
        self.assertGreater(tones(calls['early_media'])[1000], calls['early_media']['talk_ms'] + 1000,
                           'the tone came before the answer')
        self.assertEqual((calls['hold']['holds'], calls['hold']['held']), (1, False))
        rang = seconds(slow['answered_at']) - seconds(slow['started_at'])
        self.assertAlmostEqual(rang, 5, delta=1)
        self.assertEqual({c['dominant_hz'] for c in self.far.get('/calls') if c['state'] == 'answered'}, {600})

    def test_cancel_before_the_answer_reaches_the_other_side(self):
        number = self.near.ring(did=self.far.numbers['no_answer'])
        until('it rings there', lambda: self.near.call(number)['sip_status'] == 180)
        self.near.post(f'/calls/{number}/hangup')
        call = self.far.until_state(1, 'ended')
        self.assertEqual((call['sip_status'], call['reason'], call['ended_by']), (487, 'CANCEL', 'peer'))

    def test_a_caller_waits_no_longer_than_told(self):
        number = self.near.ring(did=self.far.numbers['no_answer'], answer_timeout=1)
        self.assertEqual(self.near.until_state(number, 'ended')['sip_status'], 487)
        self.far.until_state(1, 'ended')

    def test_digits_arrive_both_ways_each_once(self):
        number = self.near.ring(did=self.far.numbers['tone'])
        self.near.until_state(number, 'answered')
        self.far.until_state(1, 'answered')
        self.near.post(f'/calls/{number}/dtmf', {'digits': '0123456789*#ABCD'})
        self.far.post('/calls/1/dtmf', {'digits': '1199#'})
        until('all digits', lambda: self.far.call(1)['dtmf'] == '0123456789*#ABCD')
        until('all digits', lambda: self.near.call(number)['dtmf'] == '1199#')
        self.near.post(f'/calls/{number}/hangup')
        self.far.until_state(1, 'ended')
        self.assertEqual(self.near.until_state(number, 'ended')['dtmf'], '1199#')

    def test_what_was_heard_is_there_as_wav_while_the_call_is_up_and_afterwards(self):
        number = self.near.ring(did=self.far.numbers['tone'], hangup_after=2)
        until('a second of sound', lambda: tones(self.near.call(number)).get(1000, 0) > 1000)
        live = self.wav(number)
        call = self.near.until_state(number, 'ended')
        ended = self.wav(number)
        self.assertGreater(live, 8000)
        self.assertGreaterEqual(ended, live)
        # all that was heard, which on a busy machine is less than was sent
        self.assertAlmostEqual(ended / 8000, tones(call)[1000] / 1000, delta=0.3)

    def wav(self, number):
        status, body = self.near.ask(f'/calls/{number}/audio.wav')
        self.assertEqual(status, 200)
        path = self.near.out + '/test.wav'
        with open(path, 'wb') as f:
            f.write(body)
        with wave.open(path) as w:
            self.assertEqual((w.getframerate(), w.getnchannels(), w.getsampwidth()), (8000, 1, 2))
            return w.getnframes()

    def test_wrong_requests_get_words(self):
        number = self.near.ring(did=self.far.numbers['no_answer'])
        for path, body, status, word in [
                ('/ring', b'{', 400, 'bad_json'), ('/ring', b'[]', 400, 'bad_json'),
                ('/ring', {'did': 'x@evil;tag'}, 400, 'bad_request'), ('/ring', {'tone': 'high'}, 400, 'bad_request'),
                ('/ring', {'play': 'music'}, 400, 'bad_request'), ('/ring', {'target': 7}, 409, 'no_target'),
                ('/ring', {'registered': True}, 409, 'no_target'), ('/calls/99/hangup', {}, 404, 'no_call'),
                (f'/calls/{number}/dtmf', {'digits': '1'}, 409, 'not_answered')]:
            got, answer = self.near.ask(path, body)
            self.assertEqual((got, json.loads(answer)['error']), (status, word), path)
        status, answer = self.near.ask(f'/calls/{number}/audio.wav')
        self.assertEqual((status, json.loads(answer)['error']), (404, 'no_audio'))


class SeveralTargets(unittest.TestCase):
    def test_the_next_target_is_tried_on_503_and_targets_take_turns(self):
        number = '+14155550177'
        refusing, taking = Carrier('--number', f'unavailable={number}'), Carrier('--number', f'echo={number}')
        near = Carrier('--target', refusing.sip, '--target', taking.sip + ';transport=tcp')
        for i in range(2):
            call = near.ring(did=number)
            self.assertEqual(near.until_state(call, 'answered')['sip_status'], 200)
        self.assertEqual(len(taking.get('/calls')), 2)
        self.assertEqual(len(refusing.get('/calls')), 1, 'the second call began with the other target')
        alone = near.ring(did=number, target=0)
        self.assertEqual(near.until_state(alone, 'ended')['sip_status'], 503)
        for carrier in (near, taking, refusing):
            self.assertEqual(carrier.stop(), 0)

    def test_pcma_only(self):
        far = Carrier('--codecs', 'PCMA')
        near = Carrier('--target', far.sip)
        call = near.ring(did=far.numbers['tone'])
        until('the tone', lambda: near.call(call)['dominant_hz'] == 1000)
        self.assertEqual(near.call(call)['codec'], 'PCMA')
        for carrier in (near, far):
            self.assertEqual(carrier.stop(), 0)


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Phone:
    """SIP by hand over UDP."""

    def __init__(self, carrier):
        self.host, port = carrier.sip.split(':')
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(('127.0.0.1', 0))
        self.socket.connect((self.host, int(port)))
        self.socket.settimeout(WAIT_S)
        self.port = self.socket.getsockname()[1]
        self.branch = 0

    def send(self, method, uri, headers='', body='', cseq=1, to_tag='', call_id='by-hand', branch=None):
        self.branch += branch is None
        self.socket.send((
            f'{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{branch or self.branch}'
            f'{call_id};rport\r\nMax-Forwards: 70\r\nFrom: <sip:me@127.0.0.1>;tag=me\r\nTo: <{uri}>{to_tag}\r\n'
            f'Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:me@127.0.0.1:{self.port}>\r\n{headers}'
            f'Content-Length: {len(body)}\r\n\r\n{body}').encode())

    def receive(self, final=True):
        while True:
            text = self.socket.recv(65536).decode()
            first = text.split('\r\n')[0]
            if not final or not re.match(r'SIP/2.0 1\d\d', first):
                return text

    def status(self):
        return int(self.receive().split()[1])

    def close(self):
        self.socket.close()


def challenge_answer(reply, method, uri, user, password, nonce=None):
    nonce = nonce or re.search(r'nonce="([^"]+)"', reply)[1]
    realm = re.search(r'realm="([^"]+)"', reply)[1]
    ha1, ha2 = md5(f'{user}:{realm}:{password}'), md5(f'{method}:{uri}')
    response = md5(f'{ha1}:{nonce}:00000001:abc:auth:{ha2}')
    name = 'Authorization' if 'WWW-Authenticate' in reply else 'Proxy-Authorization'
    return (f'{name}: Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", qop=auth, '
            f'nc=00000001, cnonce="abc", response="{response}"\r\n')


SDP = ('v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 101\r\n'
       'a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n')


class ByHand(unittest.TestCase):
    def begin(self, *args):
        self.carrier = Carrier(*args)
        self.phone = Phone(self.carrier)
        self.uri = f'sip:127.0.0.1:{self.carrier.sip.split(":")[1]}'

    def number(self, kind):
        return self.uri.replace('sip:', f'sip:{self.carrier.numbers[kind]}@')

    def tearDown(self):
        self.phone.close()
        self.assertEqual(self.carrier.stop(), 0)

    def test_registration_wants_the_right_digest_and_the_contact_is_rung(self):
        self.begin('--user', 'trunk', '--password', 'secret', '--expires', '120')
        register = lambda cseq, more: self.phone.send('REGISTER', self.uri, more + 'Expires: 3600\r\n', cseq=cseq)
        register(1, '')
        reply = self.phone.receive()
        self.assertIn('SIP/2.0 401', reply)
        register(2, challenge_answer(reply, 'REGISTER', self.uri, 'trunk', 'wrong'))
        self.assertEqual(self.phone.status(), 403)
        register(3, challenge_answer(reply, 'REGISTER', self.uri, 'trunk', 'secret', nonce='17-00'))
        self.assertEqual(self.phone.status(), 401, 'a nonce that it never made')
        register(4, challenge_answer(reply, 'REGISTER', self.uri, 'trunk', 'secret'))
        accepted = self.phone.receive()
        self.assertIn('SIP/2.0 200', accepted)
        self.assertIn('expires=120', accepted)
        state = self.carrier.get('/')['registration']
        self.assertEqual((state['auth_accepted'], state['auth_refused']), (1, 1))

        self.carrier.ring(registered=True)
        invite = self.phone.receive(final=False)
        self.assertTrue(invite.startswith(f'INVITE sip:me@127.0.0.1:{self.phone.port} '), invite)
        self.phone.send('REGISTER', self.uri, challenge_answer(reply, 'REGISTER', self.uri, 'trunk', 'secret')
                        + 'Expires: 0\r\n', cseq=5)
        until('nobody is registered', lambda: self.carrier.get('/')['registration']['contact'] is None)

    def test_registration_is_refused_where_none_is_configured(self):
        self.begin()
        self.phone.send('REGISTER', self.uri)
        self.assertEqual(self.phone.status(), 403)

    def test_a_challenged_invite_is_taken_with_the_right_digest_only(self):
        self.begin('--user', 'trunk', '--password', 'secret', '--challenge')
        uri = self.number('busy')
        self.phone.send('INVITE', uri, cseq=1, branch='a')
        reply = self.phone.receive()
        self.assertIn('SIP/2.0 407', reply)
        self.phone.send('ACK', uri, cseq=1, branch='a', to_tag=re.search(r'To: <[^>]*>(\S*)', reply)[1])
        self.phone.send('INVITE', uri, challenge_answer(reply, 'INVITE', uri, 'trunk', 'secret'), cseq=2, branch='b')
        self.assertEqual(self.phone.status(), 486)
        self.assertEqual([c['kind'] for c in self.carrier.get('/calls')], ['busy'])

    def invite(self, kind, body, cseq=1):
        content = 'Content-Type: application/sdp\r\n' if body else ''
        self.phone.send('INVITE', self.number(kind), content, body, cseq=cseq, branch=f'i{cseq}')
        reply = self.phone.receive()
        self.to_tag = re.search(r'To: <[^>]*>(;tag=\S+)', reply)[1]
        return reply

    def ack(self, kind, body='', cseq=1):
        content = 'Content-Type: application/sdp\r\n' if body else ''
        self.phone.send('ACK', self.number(kind), content, body, cseq=cseq, to_tag=self.to_tag)

    def test_info_digits_session_refresh_and_bye_in_one_dialog(self):
        self.begin()
        reply = self.invite('tone', SDP.format(port=self.phone.port, direction='sendrecv'))
        self.assertIn('SIP/2.0 200', reply)
        self.assertIn('PCMU/8000', reply)
        self.ack('tone')
        for cseq, kind, body, digit in [(2, 'dtmf-relay', 'Signal=5\r\nDuration=160\r\n', '5'),
                                        (3, 'dtmf-relay', 'Signal= #\r\n', '#'), (4, 'dtmf', '7', '7')]:
            self.phone.send('INFO', self.number('tone'), f'Content-Type: application/{kind}\r\n', body, cseq=cseq,
                            to_tag=self.to_tag)
            self.assertIn('SIP/2.0 200', self.sip_reply())
        self.assertEqual(self.carrier.call(1)['dtmf'], '5#7')
        self.phone.send('UPDATE', self.number('tone'), 'Session-Expires: 90;refresher=uac\r\n', cseq=5,
                        to_tag=self.to_tag)
        refreshed = self.sip_reply()
        self.assertIn('SIP/2.0 200', refreshed)
        self.assertIn('Session-Expires: 90;refresher=uac', refreshed)
        self.phone.send('BYE', self.number('tone'), cseq=6, to_tag=self.to_tag)
        self.assertIn('SIP/2.0 200', self.sip_reply())
        self.assertEqual(self.carrier.until_state(1, 'ended')['ended_by'], 'peer')

    def ask_again(self):
        self.phone.send('OPTIONS', self.uri, call_id='still-there')
        try:
            return self.sip_reply()
        except socket.timeout:
            return None

    def sip_reply(self):
        """The tone's RTP comes to the same socket."""
        while True:
            data = self.phone.socket.recv(65536)
            if data.startswith(b'SIP/2.0'):
                return data.decode()

    def test_hold_by_reinvite_stops_its_audio_and_is_counted(self):
        self.begin()
        rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        rtp.bind(('127.0.0.1', 0))
        rtp.settimeout(WAIT_S)
        port = rtp.getsockname()[1]
        self.invite('tone', SDP.format(port=port, direction='sendrecv'))
        self.ack('tone')
        self.assertEqual(len(rtp.recv(2000)), 172)
        body = SDP.format(port=port, direction='inactive')
        self.phone.send('INVITE', self.number('tone'), 'Content-Type: application/sdp\r\n', body, cseq=2,
                        to_tag=self.to_tag)
        self.assertIn('a=inactive', self.phone.receive())
        self.ack('tone', cseq=2)
        self.assertEqual((self.carrier.call(1)['held'], self.carrier.call(1)['holds']), (True, 1))
        rtp.settimeout(0.3)
        with self.assertRaises(socket.timeout):
            for _ in range(100):
                rtp.recv(2000)
        rtp.close()

    def test_an_invite_without_offer_gets_one_and_its_answer_is_used(self):
        self.begin()
        rtp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        rtp.bind(('127.0.0.1', 0))
        rtp.settimeout(WAIT_S)
        reply = self.invite('tone', '')
        self.assertIn('m=audio', reply)
        self.assertIn('telephone-event', reply)
        self.ack('tone', SDP.format(port=rtp.getsockname()[1], direction='sendrecv'))
        self.assertEqual(len(rtp.recv(2000)), 172)
        rtp.close()

    def test_no_common_codec_is_488(self):
        self.begin('--codecs', 'PCMA')
        self.assertIn('SIP/2.0 488', self.invite('tone', SDP.format(port=9, direction='sendrecv')))

    def test_rubbish_on_every_port_changes_nothing(self):
        self.begin()
        reply = self.invite('tone', SDP.format(port=9, direction='sendrecv'))
        self.ack('tone')
        rtp_port = int(re.search(r'm=audio (\d+)', reply)[1])
        rubbish = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        packets = [b'', b'\x80', os.urandom(11), os.urandom(1400), b'\xbf' + os.urandom(40),
                   b'\x90\x00' + os.urandom(10) + b'\xff\xff\xff\xff', b'\xa0\x00' + bytes(10) + b'\xff',
                   struct.pack('!BBHII', 0x80, 101, 1, 1, 1) + b'\x05', struct.pack('!BBHII', 0x80, 101, 2, 2, 1) + b'\xff\x80\0\0',
                   struct.pack('!BBHII', 0x80, 0, 3, 0xffffffff, 1)]
        for i in range(500):
            rubbish.sendto(packets[i % len(packets)], ('127.0.0.1', rtp_port))
            rubbish.sendto(os.urandom(i * 3) if i % 3 else b'INVITE sip:x SIP/2.0\r\nVia: ;;;\r\n\r\n',
                           ('127.0.0.1', int(self.carrier.sip.split(':')[1])))
        stream = socket.create_connection(self.carrier.sip.split(':'))
        stream.send(os.urandom(20000))
        stream.close()
        rubbish.close()
        call = self.carrier.call(1)
        self.assertEqual((call['state'], call['dtmf']), ('answered', ''))
        self.assertGreater(call['rtp']['foreign'], 0)
        # the rubbish may have filled its socket: UDP is sent again
        self.phone.socket.settimeout(0.5)
        self.assertIn('SIP/2.0 200', until('it answers', self.ask_again))


class CommandLine(unittest.TestCase):
    def run_it(self, *args):
        return subprocess.run([EXE, *args], capture_output=True, text=True, timeout=WAIT_S)

    def test_help_lists_numbers_and_the_demo_caller(self):
        done = self.run_it('--help')
        self.assertEqual(done.returncode, 0)
        for word in ('+14155550101  echo', '+14155550199', '--from-address', 'early_media'):
            self.assertIn(word, done.stdout)

    def test_faults_are_named(self):
        for args in (['--number', 'nonsense=+14155550101'], ['--number', 'echo=12'], ['--number', 'busy=+14155550101,3'],
                     ['--codecs', 'G729'], ['--challenge'], ['--user', 'x'], ['stray'], ['--expires', '1'], ['--what']):
            done = self.run_it(*args)
            self.assertEqual(done.returncode, 64, args)
            self.assertTrue(done.stderr, args)

    def test_a_port_in_use_ends_it_with_a_line(self):
        taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        taken.bind(('127.0.0.1', 0))
        with tempfile.TemporaryDirectory() as out:
            done = self.run_it('--listen', f'127.0.0.1:{taken.getsockname()[1]}', '--out', out)
        taken.close()
        self.assertEqual(done.returncode, 1)
        self.assertIn('listen.failed', done.stdout)


if __name__ == '__main__':
    unittest.main(verbosity=2, argv=sys.argv)
