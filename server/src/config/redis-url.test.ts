import { expect, it } from "vitest";
import { redisPlace } from "./redis-url.ts";

const plain = { primary: "", isTls: false, username: undefined, password: undefined, database: 0 };

it.each([
  ["redis://localhost", { ...plain, kind: "server", hosts: [{ host: "localhost", port: 6379 }] }],
  ["redis://127.0.0.1:6380/4", { ...plain, kind: "server", hosts: [{ host: "127.0.0.1", port: 6380 }], database: 4 }],
  ["rediss://[::1]:1/", { ...plain, kind: "server", isTls: true, hosts: [{ host: "::1", port: 1 }] }],
  ["redis://:p%40ss@r:1", { ...plain, kind: "server", password: "p@ss", hosts: [{ host: "r", port: 1 }] }],
  [
    "redis-cluster://u:p@a:1,b",
    {
      ...plain,
      kind: "cluster",
      username: "u",
      password: "p",
      hosts: [
        { host: "a", port: 1 },
        { host: "b", port: 6379 },
      ],
    },
  ],
  [
    "rediss-sentinel://a,b:9/my-primary",
    {
      ...plain,
      kind: "sentinel",
      isTls: true,
      primary: "my-primary",
      hosts: [
        { host: "a", port: 26379 },
        { host: "b", port: 9 },
      ],
    },
  ],
])("%s is a place", (text, place) => expect(redisPlace(text)).toEqual(place));

it.each([
  ["http://localhost"],
  ["redis://"],
  ["redis://a,b"],
  ["redis://a/x"],
  ["redis://a:0"],
  ["redis://a:70000"],
  ["redis://a?family=6"],
  ["redis://:%zz@a"],
  ["redis-cluster://a/1"],
  ["redis-sentinel://a:1"],
  ["redis://a b"],
])("%s is none", (text) => expect(redisPlace(text)).toBeUndefined());
