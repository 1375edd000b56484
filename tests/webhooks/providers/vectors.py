"""
Addresses that lead inside, in every disguise that is known (reliability T33), and some that only look so.

`PORT` stands for the port of the canary.
"""


def _words(text: str) -> list[str]:
    return text.split()


INSIDE = _words("""
http://127.0.0.1:PORT/ http://127.1:PORT/ http://127.0.1:PORT/ http://127.255.255.254:PORT/ http://0.0.0.0:PORT/
http://0:PORT/ http://0x0:PORT/ http://2130706433:PORT/ http://017700000001:PORT/ http://0x7f000001:PORT/
http://0x7f.0.0.1:PORT/ http://0177.0.0.1:PORT/ http://0x7f.1:PORT/ http://0177.1:PORT/ http://127.0.0.1.:PORT/
http://localhost:PORT/ http://LOCALHOST:PORT/ http://localhost.:PORT/ http://foo.localhost:PORT/ https://127.0.0.1:PORT/
https://localhost:PORT/ https://127.0.0.1/ https://localhost/ https://127.1/ https://2130706433/
http://10.0.0.1/ http://10.255.255.255:PORT/ https://10.1.2.3/ http://172.16.0.1/ https://172.31.255.255/
http://192.168.0.1/ https://192.168.1.1/ http://169.254.169.254/latest/meta-data/ https://169.254.169.254/
http://169.254.170.2/v2/credentials https://100.64.0.1/ https://100.127.255.254/ https://192.0.0.1/ https://192.0.2.1/
https://198.18.0.1/ https://198.51.100.1/ https://203.0.113.1/ https://224.0.0.1/ https://239.255.255.250/
https://240.0.0.1/ https://255.255.255.255/ https://0.1.2.3/
http://[::1]:PORT/ https://[::1]/ https://[::]/ http://[::]:PORT/ http://[0:0:0:0:0:0:0:1]:PORT/
http://[::ffff:127.0.0.1]:PORT/ http://[::ffff:7f00:1]:PORT/ https://[::ffff:10.0.0.1]/ https://[::ffff:169.254.169.254]/
https://[::ffff:93.184.216.34]/ https://[::127.0.0.1]/ https://[::7f00:1]/ https://[64:ff9b::127.0.0.1]/
https://[64:ff9b::a9fe:a9fe]/ https://[64:ff9b:1::1]/ https://[fc00::1]/ https://[fd12:3456:789a::1]/
https://[fe80::1]/ https://[fe80::1%25eth0]/ https://[fec0::1]/ https://[ff02::1]/ https://[2002:7f00:1::]/
https://[2002:a00:1::1]/ https://[2001:0:7f00:1::]/ https://[2001:db8::1]/ https://[100::1]/
https://metadata.google.internal/ https://printer.local/ https://db/ https://intranet/ https://router.lan/
""")
# Public hosts in ways that are not called: plain HTTP, and ports of other services.
UNUSUAL = _words("""
http://93.184.216.34/ https://93.184.216.34:22/ https://93.184.216.34:25/ https://93.184.216.34:6379/
http://93.184.216.34:443/ https://example.com:11211/ http://example.com/
""")
NOT_ADDRESSES = [
    "", "/", "//127.0.0.1:PORT/", "127.0.0.1:PORT", "file:///etc/passwd", "gopher://127.0.0.1:PORT/_GET", "ftp://a.example/",
    "javascript:alert(1)", "data:text/plain,x", "unix:///var/run/docker.sock", "http+unix://%2Fvar%2Frun/x", "https://",
    "https:///path", "https://user@example.com/", "https://user:pass@example.com/", "https://example.com@127.0.0.1:PORT/",
    "https://127.0.0.1:PORT\\@example.com/", "https://example.com:0/", "https://example.com:99999/", "https://example.com:/",
    "https://exa mple.com/", "https://example.com/\r\nHost: a", "https://example.com\t/", "https://example.com\x00/",
    "https://[::1", "https://[nonsense]/", "https://-.example/", "https://" + "a" * 64 + ".example/", "https://a..b/",
    "https://%31%32%37.0.0.1:PORT/", "https://1.2.3.4.5/", "https://256.1.1.1/", "https://0x7g.1/",
    "https://①②⑦.0.0.1./a b",
]  # fmt: skip
CALLED = _words("""
https://93.184.216.34/hook https://93.184.216.34:8443/hook https://example.com/ https://example.com./x?y=z#f
https://hooks.example.co.uk:443/a/b https://müller.example/ https://xn--mller-kva.example/ HTTPS://EXAMPLE.com/
https://[2606:2800:220:1:248:1893:25c8:1946]/ https://a_b.example.com/
""")
