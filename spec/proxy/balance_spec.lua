-- The shipped policies in the proxy: who gets how many of many requests, and in which order.

local kit = require "spec.support.kit"
local load = require "spec.support.load"

local GET = kit.request {}

-- A shipped script before these backends.
local function start(name, backends)
  local args = { "127.0.0.1:0" }
  for i, backend in ipairs(backends) do args[i + 1] = backend.addr end
  return kit.proxy { file = "scripts/" .. name .. ".lua", args = args,
    options = { "--log-level=info" } }
end

local function three_echoes()
  local list = {}
  for i = 1, 3 do list[i] = kit.echo { "--number=" .. i } end
  return list
end

-- The bodies of N answers on one connection, asked for in one go.
local function bodies(proxy, n)
  local client = proxy:connect()
  client:post(GET:rep(n))
  local list = {}
  for i = 1, n do list[i] = client:read_message().body end
  client:close()
  return list
end

local function shares(list)
  local counts = {}
  for _, body in ipairs(list) do counts[body] = (counts[body] or 0) + 1 end
  return counts
end

describe("round robin gives 10,000 requests to three backends", function()
  after_each(kit.cleanup)

  it("in strict order on one connection", function()
    local proxy = start("roundrobin", three_echoes())
    for i, body in ipairs(bodies(proxy, 10000)) do
      local expected = ("Hello world from server %d\n"):format((i - 1) % 3 + 1)
      if body ~= expected then assert.equal(expected, body, "request " .. i) end
    end
  end)

  it("in shares of 3,334, 3,333 and 3,333, whoever asks", function()
    local proxy = start("roundrobin", three_echoes())
    local clients = load.start(proxy, { clients = 10, total = 10000 }):wait(60)
    assert.same({}, clients.failed)
    assert.same({
      ["Hello world from server 1"] = 3334,
      ["Hello world from server 2"] = 3333,
      ["Hello world from server 3"] = 3333,
    }, clients.shares)
  end)
end)

describe("round robin", function()
  after_each(kit.cleanup)

  it("gives everything to those who are left, and equal shares again to those who are back",
    function()
      local a, b, c = table.unpack(kit.backends(3))
      local proxy = kit.proxy { a, b, c, script = [[
        local script = assert(load(... or "", "roundrobin"))("127.0.0.1:0", "%s", "%s", "%s")
        script.health = { every = 0.05, fall = 1, rise = 1 }
        return script
      ]], args = { io.open "scripts/roundrobin.lua":read "a" } }
      assert.same({ a = 40, b = 40, c = 40 }, shares(bodies(proxy, 120)))
      b:stop()
      proxy:wait_line(b.addr .. " is DOWN")
      assert.same({ a = 60, c = 60 }, shares(bodies(proxy, 120)))
      b:start()
      proxy:wait_line(b.addr .. " is UP")
      proxy:wait_line(b.addr .. " is UP")
      assert.same({ a = 40, b = 40, c = 40 }, shares(bodies(proxy, 120)))
    end)
end)

describe("the weighted policy", function()
  after_each(kit.cleanup)

  it("gives the first five of seven, smoothly", function()
    local list = bodies(start("weighted", kit.backends(3)), 700)
    assert.equal("a a b a c a a a a b a c a a", table.concat(list, " ", 1, 14))
    assert.same({ a = 500, b = 100, c = 100 }, shares(list))
  end)
end)

describe("a policy that looks at loads", function()
  after_each(kit.cleanup)

  for _, name in ipairs { "leastconn", "random2" } do
    it("gives a backend that hangs one request, and no more: " .. name, function()
      local a, b = table.unpack(kit.backends(2))
      a.handler = function() end
      local proxy = start(name, { a, b })
      for _ = 1, 60 do
        local client, hanging = proxy:connect(), #a.requests
        client:send(GET)
        kit.until_true(function() return #client:buffered() > 0 or #a.requests > hanging end)
      end
      assert.same({ 1, 59 }, { #a.requests, #b.requests })
    end)
  end
end)
