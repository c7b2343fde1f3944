--- What is measured: the cases, in the order in which they are run and printed.
--
-- A case is a table with `name`, `title`, `kind` (a function of measure.lua: "load" unless given),
-- and
--   path, size      what is asked for, and how long the body of the response must be
--   connections     of the load generator
--   method, body    of the request: GET and 0 bytes unless given
--   close           a new client connection for each request
--   backends        how many there are: three unless given
--   fields          of the request, Host included: as few as can be unless given
--   alone           the proxy has a CPU to itself; otherwise everything shares one
--   peers           who takes part besides those of every case
--   only            who takes part instead of those of every case
--   base            whom the others are compared with: the relay unless given
--   goal            what luaproxy may cost, × base
--   goal_ms, goal_bytes   the same as such
--   share           of tails: the load, as a share of what the slowest of
--   saturated       can do
--   turn            of pauses: how many picks there are from one rest of the collector to the next

local cases = {
  { name = "small", title = "64 connections, 128 B responses, the proxy alone on its CPU",
    path = "/128", size = 128, connections = 64, alone = true, goal = 1.20 },
  { name = "small@one", title = "64 connections, 128 B responses, everything on one CPU",
    path = "/128", size = 128, connections = 64, goal = 1.70 },
  { name = "c1", title = "one connection, 128 B responses",
    path = "/128", size = 128, connections = 1, alone = true, goal = 1.20 },
  { name = "r16k", title = "64 connections, 16 KB responses",
    path = "/16k", size = 16384, connections = 64, alone = true, goal = 1.10 },
  { name = "r1m", title = "16 connections, 1 MB responses",
    path = "/1m", size = 1048576, connections = 16, alone = true, goal = 0.42 },
  { name = "post64k", title = "64 connections, 64 KB uploads, 128 B responses",
    path = "/128", size = 128, connections = 64, alone = true, goal = 1.10,
    method = "POST", body = 65536 },
  { name = "close", title = "64 clients, a new connection for each request, 128 B responses",
    path = "/128", size = 128, connections = 64, alone = true, goal = 1.12, close = true },
  { name = "many", title = "1,000 backends, 64 connections, 128 B responses",
    path = "/128", size = 128, connections = 64, alone = true, goal = 1.35,
    backends = 1000, peers = { "luaproxy-random2" } },
  { name = "start", title = "from exec to the first proxied response", kind = "start",
    path = "/128", size = 128, connections = 1, goal_ms = 8 },
  { name = "mem", title = "10,000 idle client connections", kind = "memory",
    path = "/128", size = 128, connections = 10000, alone = true, goal_bytes = 400 },
  { name = "tail", title = "64 connections, 128 B responses, at 70 % of saturation",
    kind = "tail", path = "/128", size = 128, connections = 64, alone = true, share = 0.7,
    saturated = { "luaproxy", "nginx" }, base = "nginx", goal = 1.00,
    only = { "relay", "luaproxy", "nginx" } },
  { name = "tail@garbage", title = "the same, at 70 % of what a policy can do that makes garbage",
    kind = "tail", path = "/128", size = 128, connections = 64, alone = true, share = 0.7,
    saturated = { "luaproxy-garbage" }, base = "luaproxy",
    only = { "relay", "luaproxy", "luaproxy-garbage" } },
  { name = "garbage", title = "pauses of Lua's collector, a pick a turn", kind = "pause",
    turn = 1, base = "luaproxy", only = { "luaproxy", "luaproxy-garbage" }, goal_ms = 2 },
  { name = "garbage@64", title = "the same, 64 picks a turn", kind = "pause",
    turn = 64, base = "luaproxy", only = { "luaproxy", "luaproxy-garbage" }, goal_ms = 2 },
  { name = "garbage@10k", title = "the same, a pick a turn, 10,000 backends", kind = "pause",
    turn = 1, backends = 10000, base = "luaproxy", only = { "luaproxy", "luaproxy-garbage" },
    goal_ms = 2 },
}

for _, case in ipairs(cases) do
  case.kind = case.kind or "load"
  case.method = case.method or "GET"
  case.body = case.body or 0
  case.backends = case.backends or 3
  case.base = case.base or "relay"
end

return cases
