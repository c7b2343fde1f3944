-- Requests that come through luaproxy again and again.

local kit = require "spec.support.kit"
local wire = require "spec.support.wire"

local OK = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

local function get(...)
  return table.concat({ "GET / HTTP/1.1", "Host: x", ... }, "\r\n") .. "\r\n\r\n"
end

describe("a request whose Via", function()
  local line

  before_each(function() line = wire.new() end)
  after_each(kit.cleanup)

  local FIVE = ("1.1 luaproxy, "):rep(5)

  it("has luaproxy in it five times is refused, and its connection stays", function()
    for _, fields in ipairs {
      { "Via: " .. FIVE }, { "via:" .. FIVE .. "1.1 other" },
      { "Via: 1.1 luaproxy", "VIA: 1.0 luaproxy,1.1 a", "Via: 1.1 luaproxy", "X: y",
        "Via: 1.1 luaproxy,1.1 luaproxy" },
      { "Via: HTTP/1.1 LUAPROXY,\t1.1\tluaproxy , 1.1 luaproxy (a, b), 2.0  luaproxy(c (d)),," ..
        "1.1 luaproxy (\\)x)" },
      { "Via: " .. FIVE, "Connection: via" },
    } do
      line:send(get(table.unpack(fields)))
      local response = line.client:read_message()
      assert.same({ 508, "Loop Detected", "508 Loop Detected\n", nil }, { response.status,
        response.reason, response.body, response.fields.connection })
    end
    line.proxy:wait_line "refused 127%.0%.0%.1:%d+: 508, "
    local client = line.client
    line:probe()
    assert.same({ client, 1 }, { line.client, line.backend.accepted })
  end)

  it("has it less often, or others, is passed on", function()
    for _, via in ipairs {
      ("1.1 luaproxy, "):rep(4), ("1.1 other, "):rep(30), ("luaproxy, "):rep(6),
      ("1.1 luaproxy.org, "):rep(6), ("1.1 luaproxy:80, "):rep(6), ("1.1 x luaproxy, "):rep(6),
      "1.1 x (" .. FIVE .. ")", ("1.1 (luaproxy) y, "):rep(6),
    } do
      local request = line:ask(get("Via: " .. via))
      assert.equal("1.1 luaproxy", request.fields.via[2])
      assert.equal(200, line:answer(OK).status)
    end
  end)

  it("is in a response, does not matter", function()
    line:ask(get())
    local response = line:answer("HTTP/1.1 200 OK\r\nVia: " .. FIVE ..
      "\r\nContent-Length: 0\r\n\r\n")
    assert.equal(200, response.status)
  end)
end)

describe("luaproxy as its own backend", function()
  after_each(kit.cleanup)

  local SCRIPT = [[return { listen = "127.0.0.1:%s", backends = { "127.0.0.1:%s" }, health = false,
    retry = { tries = 5 } }]]

  local function start(at, backend)
    return kit.proxy { script = SCRIPT, at, backend }
  end

  -- What a request costs that goes round: so many lines, and no attempt more than one each.
  local function assert_ends(request, lines, ...)
    local proxies = { ... }
    local began = kit.now()
    local response = proxies[1]:request(request)
    assert.equal(508, response.status)
    assert.is_true(kit.now() - began < 1)
    kit.until_true(function()
      local count = 0
      for _, proxy in ipairs(proxies) do count = count + #proxy:lines " access " end
      assert.is_true(count <= lines)
      return count == lines
    end, "the access lines")
    for _, proxy in ipairs(proxies) do
      assert.equal(#proxy:lines " access ", #proxy:lines(" access .* 508 "))
      assert.equal(0, #proxy:lines "tries=[2-9]")
    end
  end

  for _, method in ipairs { "GET", "POST", "HEAD" } do
    it("answers a " .. method .. " with 508 after a few rounds, and serves on", function()
      local port = kit.closed_port()
      local proxy = start(port, port)
      local body = method == "POST" and ("x"):rep(1000) or nil
      assert_ends({ method = method, body = body }, 6, proxy)
      assert.equal(508, proxy:get("/").status)
    end)
  end

  it("by way of another one ends as soon", function()
    local port = kit.closed_port()
    local second = start(0, port)
    local first = start(port, second.port)
    assert_ends({}, 6, first, second)
  end)
end)
