-- Active checks: who is up, who is down, and how soon that is known.

local kit = require "spec.support.kit"
local load = require "spec.support.load"

local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { %s },
    health = { every = 0.05, timeout = 0.2, %s },
  }
]]

local function proxy_before(health, ...)
  local addrs = {}
  for i, backend in ipairs { ... } do
    addrs[i] = ("%q"):format(type(backend) == "table" and backend.addr or "127.0.0.1:" .. backend)
  end
  return kit.proxy { script = SCRIPT, table.concat(addrs, ", "), health }
end

-- A backend whose checks are answered with `.status`; they are counted by it in `.checks`.
local function checked_backend(status)
  local self
  self = kit.backend { name = "x", handler = function(request)
    if request.target == "/" then return "x" end
    self.checks[self.status] = (self.checks[self.status] or 0) + 1
    return { status = self.status, body = "" }
  end }
  self.status, self.checks = status, {}
  return self
end

describe("at the start", function()
  after_each(kit.cleanup)

  it("every backend is checked once, before anybody is served", function()
    local a, port = kit.backend { name = "a" }, kit.closed_port()
    local proxy = proxy_before("fall = 100, rise = 100", a, port)
    local lines = table.concat(proxy:lines(), "\n")
    assert.matches("info +backend " .. a.addr .. " is UP\n.*listening", lines)
    assert.matches("warn +backend 127.0.0.1:" .. port ..
      " is DOWN: connection refused\n.*listening", lines)
    for _ = 1, 4 do assert.equal("a", proxy:get("/").body) end
    proxy:stop()
    assert.equal(0, #proxy:lines "retry")
  end)

  it("a backend that does not answer is waited for, but not for long", function()
    local proxy = proxy_before("", kit.deaf_listener(), kit.backend { name = "b" })
    assert.equal(1, #proxy:lines "is DOWN: check timed out")
    assert.equal("b", proxy:get("/").body)
  end)

  it("nobody is asked where checks are switched off", function()
    local a = kit.backend { name = "a" }
    local proxy = kit.proxy { a, script = [[
      return { listen = "127.0.0.1:0", backends = { "%s" }, health = false }
    ]] }
    assert.equal("a", proxy:get("/").body)
    assert.same({ 1, 0 }, { a.connections, #proxy:lines "UP" })
  end)
end)

describe("a check by TCP", function()
  after_each(kit.cleanup)

  it("sends nothing, and closes", function()
    local a = kit.listener()
    kit.background("proxy", function() proxy_before("", a) end)
    a:accept():expect_closed()
    a:accept():expect_closed()
  end)

  it("says DOWN when nobody listens, and UP when somebody does again", function()
    local a = kit.backend { name = "a" }
    local proxy = proxy_before("fall = 2, rise = 2", a)
    proxy:wait_line(a.addr .. " is UP$")
    a:stop()
    proxy:wait_line(a.addr .. " is DOWN: connection refused$")
    assert.equal(503, proxy:get("/").status)
    a:start()
    proxy:wait_line(a.addr .. " is UP$")
    assert.equal("a", proxy:get("/").body)
  end)
end)

describe("a check by HTTP", function()
  after_each(kit.cleanup)

  it("is a GET of the path, for the backend itself, which is not kept", function()
    local a = checked_backend(200)
    proxy_before('path = "/healthz?deep=1"', a)
    local request = a:wait_request(1)
    assert.same({ "GET", "/healthz?deep=1", a.addr, "close" },
      { request.method, request.target, request.fields.host, request.fields.connection })
    assert.is_nil(request.fields["x-forwarded-for"])
  end)

  for _, case in ipairs {
    { "type = 'http'", 200, "UP" }, { "type = 'http'", 302, "UP" },
    { "path = '/x'", 404, "DOWN: status 404" }, { "path = '/x'", 500, "DOWN: status 500" },
    { "path = '/x', status = 418", 418, "UP" },
    { "path = '/x', status = 204", 200, "DOWN: status 200" },
  } do
    local health, status, verdict = table.unpack(case)
    it(("with { %s } and an answer of %d says %s"):format(health, status, verdict), function()
      local a = kit.backend { status = status }
      proxy_before(health, a):wait_line("backend " .. a.addr .. " is " .. verdict .. "$")
    end)
  end

  for _, case in ipairs {
    { "nothing at all", "check timed out", function(conn) conn:drain() end },
    { "FIN", "connection closed without a response", function(conn) conn:close() end },
    { "RST", "connection reset", function(conn) conn:reset() end },
    { "what is not HTTP", "malformed response", function(conn)
      conn:send "SSH-2.0-OpenSSH\r\n\r\n"
    end },
    { "half a head", "check timed out", function(conn)
      conn:send "HTTP/1.1 200 OK\r\nA: "
      conn:drain()
    end },
    { "half a head and FIN", "connection closed without a response", function(conn)
      conn:send "HTTP/1.1 200 OK\r\nA: "
      conn:close()
    end },
  } do
    local what, why, answer = table.unpack(case)
    it("says DOWN, and why, when a backend sends " .. what, function()
      local a = kit.backend { handler = function(_, conn) answer(conn) end }
      proxy_before("type = 'http'", a):wait_line("backend " .. a.addr .. " is DOWN: " .. why .. "$")
    end)
  end

  it("takes `fall` failures in a row to say DOWN, `rise` successes to say UP", function()
    local a = checked_backend(200)
    local proxy = proxy_before("path = '/check', fall = 3, rise = 2", a)
    a.status = 500
    proxy:wait_line "is DOWN: status 500"
    assert.is_true(3 <= a.checks[500] and a.checks[500] <= 4)     -- one more may have come since
    a.status = 201
    proxy:wait_line "is UP"
    proxy:wait_line "is UP"
    assert.is_true(2 <= a.checks[201] and a.checks[201] <= 3)
  end)

  it("lets single failures pass", function()
    local a = kit.backend { name = "a" }
    local n = 0
    a.handler = function(request)
      if request.target == "/" then return "a" end
      n = n + 1
      return { status = n % 3 == 0 and 200 or 500 }
    end
    n = 2
    local proxy = proxy_before("path = '/check', fall = 3", a)
    kit.until_true(function() return n > 14 end, "twelve checks")
    assert.equal(0, #proxy:lines "DOWN")
    assert.equal("a", proxy:get("/").body)
  end)
end)

describe("a backend that is killed under load", function()
  after_each(kit.cleanup)

  it("costs no GET, is left out soon, and comes back", function()
    local echoes = {}
    for i = 1, 3 do echoes[i] = kit.echo { "--number=" .. i } end
    local proxy = proxy_before("fall = 2, rise = 2", table.unpack(echoes))
    local clients = load.start(proxy, { clients = 8 })
    clients:wait_answers(100)
    local port = echoes[2].port
    echoes[2]:kill()
    proxy:wait_line(":" .. port .. " is DOWN: connection refused")
    clients.shares = {}
    clients:wait_answers(100)
    assert.is_nil(clients.shares["Hello world from server 2"])
    kit.echo { "--number=2", "--port=" .. port }
    proxy:wait_line(":" .. port .. " is UP")
    proxy:wait_line(":" .. port .. " is UP")
    clients.shares = {}
    clients:wait_answers(100)
    assert.is_true(clients.shares["Hello world from server 2"] > 20)
    assert.same({}, clients:stop().failed)
  end)

  it("is known to the policy within one interval", function()
    local a, b = kit.backend { name = "a" }, kit.backend { name = "b" }
    local proxy = kit.proxy { a, b, script = [[
      return {
        listen = "127.0.0.1:0", backends = { "%s", "%s" },
        health = { every = 0.2, fall = 1, rise = 1 },
        pick = function(up) return up[1] end,
      }
    ]] }
    assert.equal("a", proxy:get("/").body)
    local began = kit.now()
    a:stop()
    proxy:wait_line "is DOWN"
    assert.is_true(kit.now() - began < 0.5)
    assert.equal("b", proxy:get("/").body)
    assert.equal(0, #proxy:lines "retry")
    began = kit.now()
    a:start()
    proxy:wait_line(a.addr .. " is UP")
    proxy:wait_line(a.addr .. " is UP")
    assert.is_true(kit.now() - began < 0.5)
    assert.equal("a", proxy:get("/").body)
    proxy:stop()
    assert.equal(0, #proxy:lines "pick failed")
  end)
end)
