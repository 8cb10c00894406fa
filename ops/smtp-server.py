#!/usr/bin/python3
"""A mail server on loopback for tests, with faults on demand.

Usage: smtp-server.py [PORT]      prints the port, then one JSON line for each message it accepted; ends with its input.

What happens is said by the part of the recipient before the @ sign:
  later...   451 on the first attempt
  never...   550 for ever
  lost...    the message is accepted, but the connection breaks before the answer, on the first attempt
"""
import asyncio
import email
import json
import sys

from aiosmtpd.controller import Controller


class Handler:
    def __init__(self):
        self.seen = set()

    def first(self, address):
        new = address not in self.seen
        self.seen.add(address)
        return new

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("never"):
            return f"550 5.1.1 <{address}>: no such user"
        if address.startswith("later") and self.first(address):
            return "451 4.2.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content)
        print(json.dumps({
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "id": message["Message-ID"], "subject": message["Subject"],
            "unsubscribe": message["List-Unsubscribe"], "post": message["List-Unsubscribe-Post"],
            "headers": sorted(message.keys()), "size": len(envelope.content),
        }), flush=True)
        if any(a.startswith("lost") and self.first(a) for a in envelope.rcpt_tos):
            server.transport.abort()
            await asyncio.sleep(0)
        return "250 Message accepted"


controller = Controller(Handler(), hostname="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 0)
if controller.port == 0:
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        controller.port = s.getsockname()[1]
controller.start()
print(controller.port, flush=True)
sys.stdin.read()
controller.stop()
