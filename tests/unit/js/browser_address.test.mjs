/** Test what the Browser panel takes for an address of a port. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  publishedPorts,
  readAddress,
  writeAddress,
} from "../../../static/js/panels/browser/address.js";

test("addresses are read as people type them", () => {
  for (const [text, port, path] of [
    ["localhost:8080", 8080, "/"],
    [" http://localhost:8080/a?b=1 ", 8080, "/a?b=1"],
    ["8080", 8080, "/"],
    [":3000/x", 3000, "/x"],
    ["127.0.0.1:5000", 5000, "/"],
    ["localhost", 80, "/"],
    ["localhost:80//evil.example/", 80, "/evil.example/"],
    ["localhost:80/é b".replace(" ", "%20"), 80, "/%C3%A9%20b"],
    ["localhost:80/a#part", 80, "/a"],
    ["localhost:80?q", 80, "/?q"],
  ]) {
    assert.deepEqual(readAddress(String(text)), { port, path }, String(text));
  }
});

test("what is no address of the machine is none", () => {
  for (const text of ["", "example.org", "https://example.org:80/", "localhost:0", ":65536", "a b"]) {
    assert.equal(readAddress(text), null, text);
  }
});

test("an address is written as a browser writes it", () => {
  assert.equal(writeAddress({ port: 8080, path: "/" }), "localhost:8080/");
  assert.equal(writeAddress({ port: 80, path: "/x" }), "localhost/x");
});

test("published ports are listed once, and not without end", () => {
  const ports = [
    { public: 8080, private: 80, protocol: "tcp" },
    { public: 8080, private: 80, protocol: "tcp" },
    { public: 53, private: 53, protocol: "udp" },
    { public: 0, private: 90, protocol: "tcp" },
  ];
  assert.deepEqual(publishedPorts({ containers: [{ name: "web", ports }] }), [
    { port: 8080, name: "web" },
  ]);
  const many = Array.from({ length: 50 }, (_, index) => ({ public: index + 1, protocol: "tcp" }));
  assert.equal(publishedPorts({ containers: [{ name: "x", ports: many }] }).length, 8);
  assert.deepEqual(publishedPorts(null), []);
});
