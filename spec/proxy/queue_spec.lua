-- Caps, and requests that wait until a backend is below its own.

local holder = require "spec.support.holder"
local kit = require "spec.support.kit"
local load = require "spec.support.load"

local function proxy_with(script, ...)
  return kit.proxy { script = "return { listen = '127.0.0.1:0', " .. script .. " }", ... }
end

local ask, wait_waiting = holder.ask, holder.wait_waiting

-- A backend that counts the requests it has at once, `most` of them, and has each wait until SIZE
-- have come, or the last of TOTAL.
local function counting_backend(size, total)
  local started, now, self = 0, 0
  self = kit.backend { handler = function()
    started, now = started + 1, now + 1
    self.most = math.max(self.most, now)
    local wanted = math.min((started - 1) // size * size + size, total)
    kit.until_true(function() return started >= wanted end, "the others of its batch")
    now = now - 1
    return "ok"
  end }
  self.most = 0
  return self
end

describe("a cap", function()
  after_each(kit.cleanup)

  it("is kept, and used, whatever comes", function()
    local CLIENTS, CAP = 50, 5
    local a = counting_backend(CAP, CLIENTS)
    local proxy = proxy_with("backends = { { '%s', cap = " .. CAP .. " } }, health = false", a)
    local clients = load.start(proxy, { clients = CLIENTS, total = CLIENTS })
    clients:wait_answers(CLIENTS)
    assert.same({}, clients.failed)
    assert.equal(CAP, a.most)
    proxy:stop()
    proxy:wait_line(("stopped: .* %d queued requests"):format(CLIENTS - CAP))
  end)

  it("is the pool's where a backend has none, and nobody waits while there is room", function()
    local a, b = holder.new "a", holder.new "b"
    local proxy = proxy_with([[backends = { '%s', { '%s', cap = 2 } }, health = false,
      limits = { inflight = 1 } ]], a, b)
    for i = 1, 3 do ask(proxy, "/" .. i) end
    a:wait_held(1)
    b:wait_held(2)
    ask(proxy, "/4")
    wait_waiting(proxy, 1)
    assert.same({ 1, 2 }, { #a.held, #b.held })
    a:answer()
    a:wait_held(1)
    assert.equal("/4", a.held[1])
  end)

  it("keeps a backend out of `up`, and a script is not asked while there is nobody", function()
    local a, b = holder.new "a", holder.new "b"
    local proxy = proxy_with([[health = false, limits = { inflight = 1 },
      backends = { { '%s', id = 'a' }, { '%s', id = 'b' } }, pick = function(up, req)
        local ids = {}
        for i, b in ipairs(up) do ids[i] = b.id end
        print("asked", req.path, table.concat(ids, " "))
        return up[1]
      end ]], a, b)
    for i, up in ipairs { "a b", "b" } do
      ask(proxy, "/" .. i)
      proxy:wait_line(("asked /%d %s$"):format(i, up))
    end
    ask(proxy, "/3")
    wait_waiting(proxy, 1)
    assert.equal(0, #proxy:lines "asked /3")
    b:answer()
    proxy:wait_line "asked /3 b$"
  end)

  it("is shared by pools, which take turns at a server that both have", function()
    local a = holder.new()
    local proxy = proxy_with([[health = false, pools = {
        x = { backends = { { '%s', id = "a", cap = 1 } } },
        y = { backends = { { '%s', id = "a", cap = 1 } } } },
      route = function(req) return req.path:match "%%a" end ]], a, a)
    local clients = {}
    for i, target in ipairs { "/x1", "/x2", "/x3", "/y1", "/y2" } do
      clients[i] = ask(proxy, target)
      if i == 1 then a:wait_held(1) end
      if i == 3 then wait_waiting(proxy, 2, "x") end
      if i == 5 then wait_waiting(proxy, 2, "y") end
    end
    local order = {}
    for i = 1, 5 do order[i] = a:answer():sub(2, 2) end
    assert.equal("x xyxy", order[1] .. " " .. table.concat(order, "", 2))
    for _, client in ipairs(clients) do assert.equal(200, client:read_message().status) end
  end)
end)

describe("a queue", function()
  local a

  before_each(function() a = holder.new() end)

  after_each(kit.cleanup)

  -- A proxy whose only backend has a request, and N requests that wait, with their clients.
  local function fill(n, rest)
    local proxy = proxy_with("health = false, backends = { { '%s', cap = 1 } }, " ..
      (rest or ""), a)
    local clients = { [0] = ask(proxy, "/0") }
    a:wait_held(1)
    for i = 1, n do
      clients[i] = ask(proxy, "/" .. i)
      wait_waiting(proxy, i)
    end
    return proxy, clients
  end

  it("is first come, first served", function()
    local _, clients = fill(5)
    for i = 0, 5 do
      assert.equal("/" .. i, a:answer())
      assert.equal("held /" .. i, clients[i]:read_message().body)
    end
  end)

  it("that is full is 503 at once, and says when to come again", function()
    local proxy, clients = fill(2, "limits = { pending = 2 }")
    local answer = proxy:get "/"
    assert.same({ 503, "1" }, { answer.status, answer.fields["retry-after"] })
    proxy:wait_line "warn +pool default: queue is full"
    for i = 0, 2 do
      a:answer()
      assert.equal(200, clients[i]:read_message().status)
    end
  end)

  it("that nobody may wait in is 503 at once", function()
    local proxy = fill(0, "limits = { pending = 0 }")
    assert.equal(503, proxy:get("/").status)
  end)

  it("is 503 for who waits too long, and says when to come again", function()
    local proxy, clients = fill(0, "timeouts = { queue = 0.05 }")
    local answer = proxy:get "/"
    assert.same({ 503, "1" }, { answer.status, answer.fields["retry-after"] })
    proxy:wait_line "warn +pool default: waited too long for a backend"
    a:answer()
    assert.equal(200, clients[0]:read_message().status)
  end)

  it("tells it once a second at most", function()
    local proxy = fill(0, "limits = { pending = 0 }")
    local started = kit.now()
    for _ = 1, 50 do assert.equal(503, proxy:get("/").status) end
    assert.is_true(#proxy:lines "queue is full" <= 1 + (kit.now() - started))
  end)

  it("is left at once by a client that resets its connection", function()
    local proxy, clients = fill(3)
    clients[2]:reset()
    wait_waiting(proxy, 2)
    proxy:wait_line 'access .* "GET /2 HTTP/1.1" 499 0 %- tries=0'
    for _, i in ipairs { 0, 1, 3 } do
      assert.equal("/" .. i, a:answer())
      assert.equal(200, clients[i]:read_message().status)
    end
  end)

  it("serves a client that has closed its half", function()
    local _, clients = fill(1)
    clients[1]:shutdown()
    a:answer()
    a:answer()
    assert.equal("held /1", clients[1]:read_message().body)
  end)

  it("is not jumped by the next request of who was just served", function()
    local proxy, clients = fill(1)
    clients[0]:send(kit.request { target = "/again" } .. kit.request { target = "/again" })
    assert.equal("/0", a:answer())
    assert.equal("/1", a:answer())
    assert.equal("/again", a:answer())
    assert.equal("/again", a:answer())
    assert.equal(0, holder.waiting(proxy))
  end)

  it("empties when its only backend fails each of them", function()
    local proxy, clients = fill(20, "retry = { tries = 1 }")
    a.backend:stop()
    for i = 0, 20 do assert.equal(i == 0 and 502 or 503, clients[i]:read_message().status) end
    assert.equal(0, holder.waiting(proxy))
  end)

  it("goes on with the bodies of requests", function()
    local proxy = fill(0)
    local client = proxy:connect()
    client:send(kit.request { method = "POST", target = "/post", body = kit.payload(300000) })
    wait_waiting(proxy, 1)
    a:answer()
    assert.equal("/post", a:answer())
    assert.equal(200, client:read_message().status)
    assert.is_true(a.backend.requests[2].body == kit.payload(300000))
  end)
end)

describe("who waits", function()
  after_each(kit.cleanup)

  it("gets a backend that comes up", function()
    local a, b = holder.new "a", kit.backend { name = "b" }
    b:stop()
    local proxy = proxy_with([[backends = { { '%s', cap = 1 }, { '%s', cap = 1 } },
      health = { every = 0.02, rise = 1, fall = 1 } ]], a, b)
    ask(proxy, "/0")
    a:wait_held(1)
    local clients = {}
    for i = 1, 3 do clients[i] = ask(proxy, "/" .. i) end
    wait_waiting(proxy, 3)
    b:start()
    for i = 1, 3 do assert.equal("b", clients[i]:read_message().body) end
  end)

  it("waits on if nobody is up, and gets whoever comes back", function()
    local conns = {}
    local a = kit.backend { handler = function(_, conn) conns[#conns + 1] = conn end }
    local proxy = proxy_with([[backends = { { '%s', cap = 1 } }, retry = { tries = 1 },
      health = { every = 0.02, rise = 1, fall = 1 } ]], a)
    local clients = { ask(proxy, "/1") }
    kit.until_true(function() return conns[1] end)
    clients[2] = ask(proxy, "/2")
    wait_waiting(proxy, 1)
    a.listener:close()
    proxy:wait_line "is DOWN"
    conns[1]:send(kit.response { body = "one" })
    assert.equal("one", clients[1]:read_message().body)
    assert.equal(503, proxy:get("/").status)
    assert.equal(1, holder.waiting(proxy))
    a.listener:reopen()
    kit.until_true(function() return conns[2] end)
    conns[2]:send(kit.response { body = "two" })
    assert.equal("two", clients[2]:read_message().body)
  end)

  it("is served as soon as a reload raises the cap", function()
    local a = holder.new()
    local script = "return { listen = '127.0.0.1:0', backends = { { '%s', cap = %d } } }"
    local proxy = proxy_with("backends = { { '%s', cap = 1 } }", a)
    local clients = {}
    for i = 1, 4 do
      clients[i] = ask(proxy, "/" .. i)
      if i == 1 then a:wait_held(1) end
    end
    wait_waiting(proxy, 3)
    proxy:rewrite(script, a, 3)
    proxy:signal "sighup"
    a:wait_held(3)
    ask(proxy, "/new")
    wait_waiting(proxy, 1)
    assert.equal(3, #a.held)
    for _ = 1, 5 do a:answer() end
    for i = 1, 4 do assert.equal(200, clients[i]:read_message().status) end
  end)

  it("is served after a reload, by the backends of the script that it began with", function()
    local a, b = holder.new "a", kit.backend { name = "b" }
    local proxy = proxy_with("backends = { { '%s', cap = 1 } }", a)
    local first = ask(proxy, "/1")
    a:wait_held(1)
    local second = ask(proxy, "/2")
    wait_waiting(proxy, 1)
    proxy:rewrite("return { listen = '127.0.0.1:0', backends = { '%s' } }", b)
    proxy:signal "sighup"
    proxy:wait_line "loaded .* anew"
    assert.equal("b", proxy:get("/").body)
    a:answer()
    a:answer()
    assert.same({ "a /1", "a /2" }, { first:read_message().body, second:read_message().body })
  end)

  it("for a second attempt does so until one that was not tried is below its cap", function()
    local a, b = kit.listener(), holder.new "b"
    local proxy = proxy_with([[backends = { '%s', { '%s', cap = 1 } }, health = false ]], a, b)
    local first = ask(proxy, "/1")
    local conn = a:accept()
    conn:read_message()
    local second = ask(proxy, "/2")
    b:wait_held(1)
    conn:reset()
    wait_waiting(proxy, 1)
    assert.equal("/2", b:answer())
    assert.equal("/1", b:answer())
    assert.same({ "b /1", "b /2" }, { first:read_message().body, second:read_message().body })
  end)

  it("is never forgotten, whatever is loaded meanwhile", function()
    local a, b = kit.backend { name = "a" }, kit.backend { name = "b" }
    local proxy = proxy_with("health = false, backends = { { '%s', cap = 1 }, '%s' }", a, b)
    local clients = load.start(proxy, { clients = 40 })
    for i = 1, 15 do
      clients:wait_answers(40)
      proxy:rewrite(([[return { listen = '127.0.0.1:0', health = false, limits = { inflight = %d },
        backends = { { '%s', cap = %d, drain = %s }, '%s' } }]]):format(
        i % 4 + 1, a.addr, i % 3 + 1, i % 5 == 0, b.addr))
      proxy:signal "sighup"
      proxy:wait_line "loaded .* anew"
    end
    clients:stop()
    assert.same({}, clients.failed)
    assert.equal(0, holder.waiting(proxy))
  end)

  it("is let finish when the proxy is told to end", function()
    local a = holder.new()
    local proxy = proxy_with("backends = { { '%s', cap = 1 } }", a)
    local first = ask(proxy, "/1")
    a:wait_held(1)
    local second = ask(proxy, "/2")
    wait_waiting(proxy, 1)
    proxy:signal "sigterm"
    proxy:wait_line "draining"
    a:answer()
    a:answer()
    assert.same({ 200, 200 }, { first:read_message().status, second:read_message().status })
    assert.equal(0, (proxy:wait_exit()))
  end)

  it("is cut when the proxy is stopped, which ends well", function()
    local a = holder.new()
    local proxy = proxy_with("backends = { { '%s', cap = 1 } }", a)
    ask(proxy, "/1")
    a:wait_held(1)
    ask(proxy, "/2")
    wait_waiting(proxy, 1)
    proxy:signal "sigint"
    assert.equal(0, (proxy:wait_exit()))
  end)
end)
