-- --watch: saving a file is deploying it.

local files = require "spec.support.files"
local kit = require "spec.support.kit"

local SCRIPT = [[
local answer = require "answer"
return {
  listen = "127.0.0.1:0", backends = { "127.0.0.1:1" }, health = false,
  request = function() return { status = 200, body = answer .. "%s" } end,
}]]

local proxy, folder

-- A proxy whose script says "one" and this, and requires a module that lies beside it.
local function start(options, text)
  local path = kit.file(SCRIPT:format(text), "script.lua")
  folder = path:match "^(.*)/"
  files.write(folder .. "/answer.lua", 'return "one"')
  proxy = kit.proxy { file = path, options = options }
end

local function answer()
  return proxy:get("/").body
end

describe("--watch", function()
  after_each(kit.cleanup)

  it("loads the script anew when it is saved", function()
    start({ "--watch" }, "!")
    assert.equal("one!", answer())
    files.write(proxy.path, SCRIPT:format "?")
    proxy:wait_line "loaded .* anew"
    assert.equal("one?", answer())
  end)

  it("loads it anew when a module is saved that it requires", function()
    start({ "--watch" }, "!")
    files.write(folder .. "/answer.lua", 'return "two"')
    proxy:wait_line "loaded .* anew"
    assert.equal("two!", answer())
    files.write(folder .. "/answer.lua", 'return "three"')
    proxy:wait_line "loaded .* anew"
    assert.equal("three!", answer())
  end)

  it("loads it anew when an editor puts another file in its place", function()
    start({ "--watch" }, "!")
    files.write(folder .. "/new.lua", SCRIPT:format "?")
    assert.equal(0, (kit.run { "mv", folder .. "/new.lua", proxy.path }))
    proxy:wait_line "loaded .* anew"
    assert.equal("one?", answer())
  end)

  it("goes on with what it has when the file is wrong, and loads it when it is right", function()
    start({ "--watch" }, "!")
    files.write(proxy.path, "return {")
    proxy:wait_line "error +not loaded, nothing changes: .*script%.lua:1: unexpected symbol"
    assert.equal("one!", answer())
    files.write(proxy.path, SCRIPT:format "?")
    proxy:wait_line "loaded .* anew"
    assert.equal("one?", answer())
  end)

  it("is not the rule: without it a change waits for SIGHUP", function()
    start({}, "!")
    files.write(proxy.path, SCRIPT:format "?")
    assert.equal("one!", answer())
    proxy:signal "sighup"
    proxy:wait_line "loaded .* anew"
    assert.equal("one?", answer())
  end)
end)
