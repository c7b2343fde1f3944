--- Clients for a soak: each kind asks in its own way and knows what may become of it.

local backends = require "tests.tools.soak.backends"
local kit = require "spec.support.kit"

local clients = {}

local PATIENCE = 30   -- seconds until an answer counts as late
local MEGABYTE = 1 << 20

-- What makes no sense, in one way each.
local MALFORMED = {
  "GET / HTTP/1.1\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
  "GET / HTTP/1.1\nHost: a\n\n",
  "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET / HTTP/3.1\r\nHost: a\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\n b: c\r\n\r\n",
  "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na",
  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
  "\22\3\1\0\165\1\0\0\161\r\n\r\n",
  ("x"):rep(5000) .. "\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: a\r\n" .. ("X: y\r\n"):rep(200) .. "\r\n",
}

local function wrong(text, ...)
  error("wrong: " .. text:format(...), 0)
end

local function connect(soak)
  return kit.connect(soak.proxy.addr, { timeout = PATIENCE })
end

-- Reads the final response, or that to an upgrade. Poison in it is somebody else's.
local function read(conn, method)
  local response
  repeat
    response = conn:read_message { head_of = method, timeout = PATIENCE }
  until response.status >= 200 or response.status == 101
  if response.body:find(backends.POISON, 1, true) then wrong("a poisoned response") end
  return response
end

local function expect_200(soak, response)
  if response.status == 200 then return end
  if soak.verdict.excused_until >= soak.began then return end
  wrong("%s", response.line)
end

local function get(soak, conn)
  conn:send(kit.request { target = "/main" }, PATIENCE)
  local response = read(conn)
  expect_200(soak, response)
  return response.status
end

local function closes(response)
  return (response.fields.connection or ""):lower() == "close"
end

local function body_of(random, most)
  return kit.payload(random(0, most))
end

--- What clients do, by name: `must` it be answered, how often `weight` it is done, and what it does
-- over a connection. It returns a status, or what has become of it.
clients.KINDS = {
  get = { must = true, weight = 8, run = get },
  head = { must = true, weight = 2, run = function(soak, conn)
    conn:send(kit.request { method = "HEAD", target = "/main" }, PATIENCE)
    local response = read(conn, "HEAD")
    expect_200(soak, response)
    return response.status
  end },
  kept = { must = true, weight = 3, run = function(soak, conn, random)
    for _ = 1, random(2, 6) do
      conn:send(kit.request { target = "/main" }, PATIENCE)
      local response = read(conn)
      expect_200(soak, response)
      if closes(response) then return "closed" end
    end
    return 200
  end },
  pipelined = { must = true, weight = 2, run = function(soak, conn, random)
    local n = random(2, 6)
    conn:send(kit.request({ target = "/main" }):rep(n), PATIENCE)
    for _ = 1, n do
      local response = read(conn)
      expect_200(soak, response)
      if closes(response) then return "closed" end
    end
    return 200
  end },
  old = { must = true, weight = 2, run = function(soak, conn)
    conn:send("GET /main HTTP/1.0\r\nHost: a\r\n\r\n", PATIENCE)
    local response = read(conn)
    expect_200(soak, response)
    return response.status
  end },
  large = { must = true, weight = 1, run = function(soak, conn, random)
    local how = ({ "bytes", "chunked", "until-close" })[random(3)]
    conn:send(kit.request { target = ("/whole/%s/1m"):format(how) }, PATIENCE)
    local response = read(conn)
    expect_200(soak, response)
    if response.status == 200 and response.body ~= ("0123456789abcdef"):rep(MEGABYTE // 16) then
      wrong("%d bytes of %d, or others", #response.body, MEGABYTE)
    end
    return response.status
  end },
  sum = { must = true, weight = 3, run = function(soak, conn, random)
    local body = body_of(random, 200000)
    local half = #body // 2
    local pieces = { body:sub(1, half), body:sub(half + 1) }
    local chunked = random(2) == 1 and half > 0
    conn:send(kit.request { method = "PUT", target = "/whole/sum",
      body = chunked and pieces or body }, PATIENCE)
    local response = read(conn)
    expect_200(soak, response)
    local expected = ("%d %s"):format(#body, kit.fnv1a(body))
    if response.status == 200 and not response.body:find(expected, 1, true) then
      wrong("sum %s instead of %s", response.body, expected)
    end
    return response.status
  end },
  post = { weight = 5, run = function(_, conn, random, id)
    local body = body_of(random, 3000)
    conn:send(kit.request { method = "POST", target = "/count", body = body,
      fields = { ["X-Id"] = id } }, PATIENCE)
    local response = read(conn)
    if response.status == 200 and response.body ~= kit.fnv1a(body) then wrong("another body") end
    return response.status
  end },
  bad = { weight = 8, run = function(_, conn, random)
    local name = backends.RUDENESSES[random(#backends.RUDENESSES)]
    conn:send(kit.request { target = "/bad/" .. name }, PATIENCE)
    return read(conn).status
  end },
  bad_post = { weight = 3, run = function(_, conn, random)
    local name = backends.RUDENESSES[random(#backends.RUDENESSES)]
    conn:post(kit.request { method = "POST", target = "/bad/" .. name,
      body = body_of(random, 500000) })
    return read(conn).status
  end },
  tight = { weight = 8, run = function(_, conn, random)
    local name = backends.RUDENESSES[random(#backends.RUDENESSES)]
    conn:post(kit.request { method = ({ "GET", "PUT", "POST" })[random(3)],
      target = "/tight/" .. name, body = random(2) == 1 and body_of(random, 200000) or nil })
    return read(conn).status
  end },
  leaving_tight = { weight = 3, run = function(_, conn, random)
    conn:post(kit.request { method = "PUT", target = "/tight/sorry", body = "kept" })
    clients.pause(random() * 0.1)
    if random(2) == 1 then conn:reset() end
    return "left"
  end },
  expecting = { weight = 1, run = function(_, conn)
    conn:send("PUT /whole/sum HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
      .. "Content-Length: 4\r\n\r\n", PATIENCE)
    local response = conn:read_message { timeout = PATIENCE }
    if response.status ~= 100 then return response.status end
    conn:send("data", PATIENCE)
    return read(conn).status
  end },
  malformed = { weight = 3, run = function(_, conn, random)
    conn:post(MALFORMED[random(#MALFORMED)])
    local response = read(conn)
    if response.status < 400 or not closes(response) then wrong("%s to nonsense", response.line) end
    return response.status
  end },
  dripping = { weight = 1, run = function(_, conn)
    for byte in (kit.request { target = "/main" }):gmatch "." do
      conn:send(byte, PATIENCE)
      clients.pause(0.005)
    end
    return read(conn).status
  end },
  never_ending = { weight = 1, run = function(_, conn)
    conn:send("GET / HTTP/1.1\r\nHost: a\r\nX: ", PATIENCE)
    return read(conn).status
  end },
  leaving = { weight = 3, run = function(_, conn, random)
    conn:send(kit.request { target = "/bad/" .. ({ "hang", "drip", "slow" })[random(3)] }, PATIENCE)
    clients.pause(random() * 0.1)
    if random(2) == 1 then conn:reset() end
    return "left"
  end },
  leaving_within = { weight = 2, run = function(_, conn, random)
    conn:post("PUT /whole/sum HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nonly this")
    clients.pause(random() * 0.05)
    return "left"
  end },
  half_closed = { must = true, weight = 2, run = function(soak, conn)
    conn:send(kit.request { target = "/main" }, PATIENCE)
    conn:shutdown(PATIENCE)
    local response = read(conn)
    expect_200(soak, response)
    return response.status
  end },
  sipping = { weight = 1, options = { receive_buffer = 4096 }, run = function(_, conn)
    conn:send(kit.request { target = "/whole/bytes/1m" }, PATIENCE)
    conn:read_head(PATIENCE)
    local left = MEGABYTE
    while left > 0 do
      conn:pause()
      clients.pause(0.01)
      conn:resume()
      left = left - #conn:read_some(PATIENCE)
    end
    return 200
  end },
  upgrading = { weight = 2, run = function(_, conn, random)
    conn:send("GET /bad/fine HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n"
      .. "Upgrade: websocket\r\n\r\n", PATIENCE)
    local response = read(conn)
    if response.status ~= 101 then return response.status end
    for _ = 1, 5 do
      local text = body_of(random, 2000) .. "."
      conn:send(text, PATIENCE)
      if conn:read(#text, PATIENCE) ~= text then wrong("the tunnel gave something else") end
    end
    return 101
  end },
}

--- Lets SECONDS pass.
-- @tparam number seconds
function clients.pause(seconds)
  local done = kit.now() + seconds
  kit.until_true(function() return kit.now() >= done end, "a pause", seconds + PATIENCE)
end

-- The names of kinds, each as often as it weighs, always in the same order.
local function lots()
  local names, list = {}, {}
  for name in pairs(clients.KINDS) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    for _ = 1, clients.KINDS[name].weight do list[#list + 1] = name end
  end
  return list
end

-- Has one client ask once, and tells the verdict what has become of it.
local function ask(soak, name, random, id)
  local kind, began = clients.KINDS[name], kit.now()
  local view = { proxy = soak.proxy, verdict = soak.verdict, began = began }
  local conn
  soak.verdict.asked = soak.verdict.asked + 1
  local fine, result = pcall(function()
    conn = kind.options and kit.connect(soak.proxy.addr, kind.options) or connect(soak)
    return kind.run(view, conn, random, id)
  end)
  if conn and not conn.closed then conn:close() end
  if fine then
    soak.verdict:answer(name, result)
  else
    soak.verdict:fail(name, tostring(result), kind.must, began)
  end
end

--- Starts COUNT clients, who ask one thing after the other until `soak.stopped`.
-- @tparam table soak `proxy`, `verdict`, `random`; gets `running`: how many still ask
-- @tparam number count
function clients.start(soak, count)
  local list = lots()
  soak.running, soak.ids = count, 0
  for i = 1, count do
    kit.background("client " .. i, function()
      while not soak.stopped do
        soak.ids = soak.ids + 1
        ask(soak, list[soak.random(#list)], soak.random, tostring(soak.ids))
      end
      soak.running = soak.running - 1
    end)
  end
end

return clients
