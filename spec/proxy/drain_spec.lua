-- Backends that drain: they finish what they have, and get nothing new.

local holder = require "spec.support.holder"
local kit = require "spec.support.kit"

local ask = holder.ask

local function script_of(backends)
  return ("return { listen = '127.0.0.1:0', health = false, backends = { %s } }"):format(backends)
end

local function start(backends, ...)
  return kit.proxy { script = script_of(backends), ... }
end

local function reload(proxy, backends, ...)
  proxy:rewrite(script_of(backends), ...)
  proxy:signal "sighup"
  proxy:wait_line "info +loaded .*script.lua anew$"
end

describe("a backend that drains", function()
  local a, b

  before_each(function() a, b = holder.new "a", kit.backend { name = "b" } end)

  after_each(kit.cleanup)

  it("finishes what it has, while everything new goes elsewhere", function()
    local proxy = start("'%s', '%s'", a, b)
    local client = ask(proxy, "/")
    a:wait_held(1)
    reload(proxy, "{ '%s', drain = true }, '%s'", a, b)
    for _ = 1, 4 do assert.equal("b", proxy:get("/").body) end
    proxy:signal "sigusr1"
    proxy:wait_line("backend " .. a.addr .. ": up, draining, 1 in flight, 0 failed")
    a:answer()
    assert.equal("a /", client:read_message().body)
    client:send(kit.request {})
    assert.equal("b", client:read_message().body)
    proxy:signal "sigusr1"
    proxy:wait_line("backend " .. a.addr .. ": up, draining, 0 in flight, 0 failed")
    assert.equal(1, #a.backend.requests)
  end)

  it("gets requests again when it does no longer", function()
    local c = kit.backend { name = "c" }
    local proxy = start("{ '%s', drain = true }, '%s'", c, b)
    assert.equal("b", proxy:get("/").body)
    assert.equal("b", proxy:get("/").body)
    reload(proxy, "'%s', '%s'", c, b)
    local got = { proxy:get("/").body, proxy:get("/").body }
    table.sort(got)
    assert.same({ "b", "c" }, got)
  end)

  it("is nobody to turn to: 503 when all do, at once", function()
    local proxy = start("{ '%s', drain = true }, { '%s', drain = true, cap = 1 }", a, b)
    local answer = proxy:get "/"
    assert.same({ 503, nil }, { answer.status, answer.fields["retry-after"] })
    proxy:wait_line "no usable backend for /$"
  end)

  it("gets no second attempt of a request that has begun before", function()
    local first = kit.listener()
    local proxy = start("'%s', '%s'", first, a)
    local client = ask(proxy, "/")
    local conn = first:accept()
    conn:read_message()
    reload(proxy, "'%s', { '%s', drain = true }", b, a)
    conn:reset()
    assert.equal(502, client:read_message().status)
    assert.same({}, a.held)
  end)

  it("gets nothing that has waited for it", function()
    local proxy = start("{ '%s', cap = 1 }", a)
    local first = ask(proxy, "/1")
    a:wait_held(1)
    local second = ask(proxy, "/2")
    holder.wait_waiting(proxy, 1)
    reload(proxy, "{ '%s', drain = true }", a)
    a:answer()
    assert.equal("a /1", first:read_message().body)
    second:reset()
    proxy:wait_line 'access .* "GET /2 HTTP/1.1" 499'
    assert.equal(1, #a.backend.requests)
  end)

  it("is still checked, and its script sees that it is up", function()
    local proxy = kit.proxy { a, b, script = [[
      return { listen = "127.0.0.1:0", backends = { { "%s", id = "a", drain = true }, "%s" },
        pick = function(up, req, ctx)
          print("all", ctx.all[1].id, ctx.all[1].up, "up", #up)
          return up[1]
        end } ]] }
    proxy:wait_line "backend a is UP"
    assert.equal("b", proxy:get("/").body)
    proxy:wait_line "all a true up 1"
  end)
end)
