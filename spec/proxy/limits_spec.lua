-- Limits, each with its answer and its line in the log. As for connections in all: who is idle
-- makes room for who comes, who is busy does not.

local kit = require "spec.support.kit"
local slowly = require "spec.support.slowly"
local wire = require "spec.support.wire"

local GET = kit.request {}
local BEGUN = "GET / HTTP/1.1\r\n"
local LIMIT = 5
local MANY = 3 * LIMIT   -- each time a second passes until they have been idle for long enough

describe("limits.connections", function()
  local backend, proxy, clients, held

  before_each(function()
    backend, held = kit.backend { name = "a" }, {}
    proxy = kit.proxy { backend, LIMIT, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s" }, limits = { connections = %d } }
    ]] }
    clients = {}
    for i = 1, LIMIT do clients[i] = proxy:connect() end
  end)
  after_each(kit.cleanup)

  local function assert_answered(client)
    assert.equal("a", client:read_message().body)
  end

  local function assert_served(client)
    client:send(GET)
    assert_answered(client)
  end

  -- Has clients ask, and the backend not answer them yet.
  local function occupy(some)
    backend.handler = function(_, conn) held[#held + 1] = conn end
    for _, client in ipairs(some) do client:send(GET) end
    kit.until_true(function() return #held == #some end, #some .. " requests")
    backend.handler = nil
  end

  -- Lets the backend answer those.
  local function release()
    for _, conn in ipairs(held) do conn:send(kit.response { body = "a" }) end
  end

  it("closes the client that has been idle longest for one more", function()
    for _, i in ipairs { 1, 2, 3, 4, 5, 1, 2, 5, 4 } do assert_served(clients[i]) end
    local another = proxy:connect()
    assert_served(another)
    clients[3]:expect_eof()
    for _, i in ipairs { 1, 2, 4, 5 } do assert_served(clients[i]) end
    assert_served(another)
  end)

  it("closes the client that has said nothing for longest, too", function()
    for _, i in ipairs { 1, 3, 4, 5 } do assert_served(clients[i]) end
    assert_served(proxy:connect())
    clients[2]:expect_eof()
    for _, i in ipairs { 1, 3, 4, 5 } do assert_served(clients[i]) end
  end)

  it("locks nobody out, however many come and stay", function()
    for i = LIMIT + 1, MANY do
      clients[i] = proxy:connect()
      assert_served(clients[i])
    end
    for i = 1, MANY - LIMIT do clients[i]:expect_eof() end
    for i = MANY - LIMIT + 1, MANY do assert_served(clients[i]) end
    assert.is_true(#proxy:lines "limits.connections reached" <= 1)
  end)

  it("closes nobody who is busy: others wait until one of them has gone", function()
    clients[1]:send(BEGUN)
    occupy { table.unpack(clients, 2) }
    local sixth = proxy:connect()
    sixth:send(GET)
    proxy:wait_line "warn +limits.connections reached: 5 clients, others wait$"
    sixth:expect_silence(0.05)
    clients[5]:reset()
    assert_answered(sixth)
    clients[1]:send "Host: x\r\n\r\n"
    assert_answered(clients[1])
  end)

  it("closes nobody who is busy: others wait until one of them is idle", function()
    occupy(clients)
    local sixth = proxy:connect()
    sixth:send(GET)
    sixth:expect_silence(0.05)
    release()
    assert_answered(sixth)
    for _, client in ipairs(clients) do assert_answered(client) end
  end)

  it("closes the one idle client among busy ones", function()
    occupy { clients[1], clients[2], clients[4], clients[5] }
    local another = proxy:connect()
    assert_served(another)
    clients[3]:expect_eof()
    release()
    for _, i in ipairs { 1, 2, 4, 5 } do assert_answered(clients[i]) end
  end)

  for _, order in ipairs { "before", "after" } do
    it(("closes nobody who has asked the moment %s another one came"):format(order), function()
      for _, client in ipairs(clients) do assert_served(client) end
      proxy:freeze()
      if order == "before" then clients[1]:send(GET) end
      local another = proxy:connect()
      another:send(GET)
      if order == "after" then clients[1]:send(GET) end
      proxy:thaw()
      assert_answered(another)
      assert_answered(clients[1])
    end)
  end
end)

describe("limits.per_address", function()
  local backend, proxy

  local function start(limit)
    backend = kit.backend { name = "a" }
    proxy = kit.proxy { backend, limit, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s" }, limits = { per_address = %d } }
    ]] }
  end

  local function assert_served(client)
    client:send(GET)
    assert.equal("a", client:read_message().body)
  end

  local function assert_turned_away(client)
    local response = client:read_message()
    assert.same({ 429, "Too Many Requests", "1", "close", "429 Too Many Requests\n" },
      { response.status, response.reason, response.fields["retry-after"],
        response.fields.connection, response.body })
    client:expect_eof()
  end

  after_each(kit.cleanup)

  it("turns away who is one too many, before he has said anything", function()
    start(2)
    local first, second = proxy:connect(), proxy:connect()
    assert_turned_away(proxy:connect())
    proxy:wait_line "info +refused 127.0.0.1:%d+: 429, limits.per_address reached$"
    assert_served(first)
    assert_served(second)
    assert.equal(2, #backend.requests)
  end)

  it("tells those, too, who are sending", function()
    start(1)
    proxy:connect()
    local client = proxy:connect()
    client:post(kit.request { method = "POST", body = kit.payload(1 << 20) })
    assert_turned_away(client)
    assert.equal(0, #backend.requests)
  end)

  it("lets others in, and the next one when one has left", function()
    start(1)
    local client, other = proxy:connect(), proxy:connect { from = "127.0.0.2" }
    assert_served(client)
    assert_served(other)
    client:close()
    kit.until_true(function()
      local another = proxy:connect()
      another:send(GET)
      return another:read_message().status == 200
    end, "a place")
  end)

  it("has one line a second for as many as come", function()
    start(1)
    proxy:connect()
    local began = kit.now()
    for _ = 1, 100 do
      local client = proxy:connect()
      assert.equal(429, client:read_head().status)
      client:close()
    end
    assert.is_true(#proxy:lines "refused 127" <= kit.now() - began + 1)
    proxy:stop()
    assert.equal(1, #proxy:lines "101 connections, 100 refused requests")
  end)

  it("holds from a reload on for those who come then", function()
    start(5)
    local clients = {}
    for i = 1, 3 do clients[i] = proxy:connect() end
    for _, client in ipairs(clients) do assert_served(client) end
    proxy:rewrite([[
      return { listen = "127.0.0.1:0", backends = { "%s" }, limits = { per_address = 2 } }
    ]], backend.addr)
    proxy:signal "sighup"
    proxy:wait_line "loaded"
    assert_turned_away(proxy:connect())
    for _, client in ipairs(clients) do assert_served(client) end
  end)
end)

describe("limits.requests", function()
  after_each(kit.cleanup)

  local function start()
    return kit.proxy { kit.backend { name = "a" }, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s" }, limits = { requests = 3 } }
    ]] }
  end

  it("closes a connection behind the answer to the last request it may have", function()
    local proxy = start()
    local client = proxy:connect()
    for i = 1, 3 do
      client:send(GET)
      local response = client:read_message()
      local connection = i == 3 and "close" or nil
      assert.same({ 200, connection }, { response.status, response.fields.connection })
    end
    client:expect_eof()
    proxy:wait_line "info +limits.requests reached: the connection of 127.0.0.1:%d+ is closed$"
  end)

  it("answers no more of those that came together", function()
    local proxy = start()
    local client = proxy:connect()
    client:post(GET:rep(10))
    for _ = 1, 3 do assert.equal(200, client:read_message().status) end
    client:expect_eof()
    proxy:stop()
    assert.equal(1, #proxy:lines "stopped: 3 requests, 1 connections")
  end)
end)

describe("what is too large", function()
  local line

  before_each(function()
    line = wire.new "limits = { line = 200, field = 200, head = 500, fields = 5, body = 10 }"
  end)
  after_each(kit.cleanup)

  local START = "GET / HTTP/1.1\r\nHost: x\r\n"
  local POST = "POST / HTTP/1.1\r\nHost: x\r\n"
  local LONG = ("x"):rep(300)

  for what, case in pairs {
    ["a request line"] = { "GET /" .. LONG, 414, "start line too long" },
    ["a field"] = { START .. "A: " .. LONG, 431, "field too large" },
    ["a head"] = { START .. ("A: " .. LONG:sub(1, 180) .. "\r\n"):rep(3), 431, "head too large" },
    ["a number of fields"] = { START .. ("A: b\r\n"):rep(5), 431, "too many fields" },
    ["a body, by its length"] = { POST .. "Content-Length: 11\r\n\r\n", 413, "body too large" },
    ["a body, before it is told to go on"] = {
      POST .. "Expect: 100-continue\r\nContent-Length: 11\r\n\r\n", 413, "body too large",
    },
  } do
    it("is refused, and the log says so: " .. what, function()
      local client = line:send(case[1])
      local response = client:read_message()
      assert.same({ case[2], "close" }, { response.status, response.fields.connection })
      client:expect_eof()
      line.proxy:wait_line(("info +refused 127.0.0.1:%%d+: %d, %s$"):format(case[2], case[3]))
      assert.equal(0, line.backend:pending())
      line:probe()
    end)
  end

  local CHUNKED = POST .. "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"

  it("is refused, and the log says so: a body, by counting", function()
    local client = line:send(CHUNKED)
    line:accept():read_head()
    client:send "6\r\nworld!\r\n"
    assert.equal(413, client:read_message().status)
    client:expect_eof()
    line.server:expect "5\r\nhello\r\n"
    line.server:expect_closed()
    line.proxy:wait_line "info +refused 127.0.0.1:%d+: 413, body too large$"
  end)

  it("is cut, and the log says so: a body whose answer has begun", function()
    local client = line:send(CHUNKED)
    line:accept():read_head()
    line.server:send "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"
    client:read_until "hello"
    client:post "6\r\nworld!\r\n"
    client:expect_closed()
    line.proxy:wait_line "info +cut 127.0.0.1:%d+: body too large$"
    line.proxy:wait_line "access .* cut$"
  end)

  it("has a line a second for each reason, however many come", function()
    local began = kit.now()
    for _ = 1, 100 do
      for _, bytes in ipairs { "GET /" .. LONG, POST .. "Content-Length: 11\r\n\r\n" } do
        local client = line:connect()
        client:send(bytes)
        client:read_message()
        client:close()
      end
    end
    local most = kit.now() - began + 1
    for _, status in ipairs { 414, 413 } do
      local count = #line.proxy:lines("refused 127.0.0.1:%d+: " .. status)
      assert.is_true(1 <= count and count <= most, count .. " lines")
    end
  end)
end)

describe("who is too slow", function()
  local STALL, PAUSE = 0.5, 0.05
  local MUCH = kit.response { body = kit.payload(8 << 20) }
  local POST = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
  local line

  local function start(limits)
    line = wire.new(("timeouts = { stall = %g, response = 10 }, limits = { %s }")
      :format(STALL, limits))
  end

  -- Sends pieces of a body, each a while after the other, for SECONDS or until something comes
  -- back. Returns how long that took.
  local function drip(piece, seconds)
    local began = kit.now()
    repeat
      line.client:post(piece)
    until not pcall(line.client.expect_silence, line.client, PAUSE)
      or kit.now() - began > seconds
    return kit.now() - began
  end

  after_each(kit.cleanup)

  it("with a body is told 408, though it moves", function()
    start "body_rate = 1000"
    line:send(POST)
    line:accept():read_head()
    local took = drip("1\r\na\r\n", 5)
    assert.is_true(took > STALL - 0.01 and took < 3, took .. " s")
    local response = line.client:read_message()
    assert.same({ 408, "close" }, { response.status, response.fields.connection })
    assert.matches("^1\r\na\r\n", line.server:read_all())
    line.proxy:wait_line "info +refused 127.0.0.1:%d+: 408, body too slow$"
  end)

  it("with a body whose answer has begun is cut", function()
    start "body_rate = 1000"
    line:send(POST)
    line:accept():read_head()
    line.server:send "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"
    line.client:read_until "hello"
    drip("1\r\na\r\n", 5)
    line.client:expect_closed()
    line.proxy:wait_line "info +cut 127.0.0.1:%d+: body too slow$"
    line.proxy:wait_line "access .* cut$"
  end)

  it("is not who sends as fast as he must", function()
    start "body_rate = 1000"
    line:send(POST)
    line:accept()
    local took = drip("c8\r\n" .. ("a"):rep(200) .. "\r\n", 3 * STALL)
    assert.is_true(took > 3 * STALL)
    line.client:send "0\r\n\r\n"
    line:ask()
    assert.equal("ok", line:answer(kit.response { body = "ok" }).body)
  end)

  it("is not who has to wait for the backend", function()
    start "body_rate = 1000000000"
    line:send(POST .. "1\r\na\r\n0\r\n\r\n")
    line:ask()
    line.client:expect_silence(3 * STALL)
    assert.equal("ok", line:answer(kit.response { body = "ok" }).body)
  end)

  it("is nobody if any rate will do", function()
    start "body_rate = 0"
    line:send(POST)
    line:accept():read_head()
    assert.is_true(drip("1\r\na\r\n", 3 * STALL) > 3 * STALL)
    line.server:send(kit.response { body = "enough" })
    assert.equal("enough", line.client:read_message().body)
  end)

  it("in taking a response is cut, though he takes it steadily", function()
    start "read_rate = 1000000000"
    local client = line:connect { receive_buffer = slowly.receive_buffer, paused = true }
    client:send(GET)
    line:accept():read_head()
    line.server:post(MUCH)
    kit.background("the reader", function() slowly.read(client, 60) end)
    line.proxy:wait_line "info +cut 127.0.0.1:%d+: response taken too slowly$"
    line.proxy:wait_line "access .* cut$"
    line.server:expect_closed()
  end)

  it("is not who takes all that there is of a stream of events", function()
    start "read_rate = 1000000000"
    line:ask(GET)
    line.server:send "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    line.client:read_head()
    for _ = 1, 8 do
      line.server:send "1\r\na\r\n"
      line.client:expect "1\r\na\r\n"
      line.client:expect_silence(STALL / 2)
    end
  end)
end)

describe("luaproxy.limit", function()
  after_each(kit.cleanup)

  it("limits what a script wants limited, by any key", function()
    local backend = kit.backend { name = "a" }
    local proxy = kit.proxy { backend, script = [[
      local luaproxy = require "luaproxy"
      local logins = luaproxy.limit {
        rate = 0.01, burst = 2, key = function(req) return req.headers["x-user"] end,
      }
      local all = luaproxy.limit { rate = 0.01, burst = 5 }
      return {
        listen = "127.0.0.1:0",
        pools = { default = { backends = { "%s" } } },
        request = function(req, ctx)
          if req.path == "/login" then return logins(req, ctx) end
        end,
        route = function(req, ctx)
          return all:allow("all", ctx.now) and "default" or nil
        end,
      }
    ]] }
    local function statuses(n, path, user)
      local list = {}
      for i = 1, n do list[i] = proxy:get(path, { ["X-User"] = user }).status end
      return table.concat(list, " ")
    end
    assert.equal("200 200 429", statuses(3, "/login", "me"))
    assert.equal("200", statuses(1, "/login", "you"))
    assert.equal("100", proxy:get("/login", { ["X-User"] = "me" }).fields["retry-after"])
    assert.equal("200 200 404", statuses(3, "/"))
    assert.equal(5, #backend.requests)
  end)
end)
