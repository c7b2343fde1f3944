--- How a spec reads from a connection: the methods of `conn` that wait for the peer.
-- Each takes an optional last argument, the seconds it may wait, and fails at the spec's line.

local bytes = require "spec.support.bytes"
local failure = require "spec.support.failure"
local loop = require "spec.support.loop"

local reading = {}

local function check_readable(self)
  self:check_open()
  if self.paused then failure.raise("reading is paused: resume() first") end
end

-- Raises that the connection is over. `cut` tells a background reader that it was not the bytes.
local function fail_ended(self, what)
  self.cut = true
  failure.raise_with_witnesses(("the connection ended (%s) awaiting %s; %s")
    :format(self.inbox.ended, what, self.inbox:describe()))
end

-- Waits for READY, which says nil while bytes are missing; after the end none can come.
local function await(self, what, ready, timeout)
  check_readable(self)
  local inbox = self.inbox
  return loop.wait(what, function()
    local value = ready(inbox)
    if not value and inbox.ended then fail_ended(self, what) end
    return value
  end, timeout, function() return inbox:describe() end)
end

-- Waits for the end, which must be one of ALLOWED and must not be preceded by a byte.
local function await_end(self, what, allowed, timeout)
  check_readable(self)
  local inbox = self.inbox
  return loop.wait(what, function()
    if inbox.size > 0 then
      failure.raise_with_witnesses(("awaited %s; %s"):format(what, inbox:describe()))
    end
    if inbox.ended and not allowed[inbox.ended] then fail_ended(self, what) end
    return inbox.ended
  end, timeout, function() return "the connection is open and silent" end)
end

--- Exactly N bytes.
-- @tparam number n
-- @tparam ?number timeout
-- @treturn string
function reading:read(n, timeout)
  await(self, n .. " bytes", function(inbox) return inbox.size >= n end, timeout)
  return self.inbox:take(n)
end

--- All bytes up to LITERAL, and LITERAL.
-- @tparam string literal
-- @tparam ?number timeout
-- @treturn string
function reading:read_until(literal, timeout)
  local n = await(self, bytes.show(literal), function(inbox)
    return inbox:length_until(literal)
  end, timeout)
  return self.inbox:take(n)
end

--- Whatever comes next, at least one byte.
-- @tparam ?number timeout
-- @treturn string
function reading:read_some(timeout)
  await(self, "some bytes", function(inbox) return inbox.size > 0 end, timeout)
  return self.inbox:take()
end

--- All bytes until the peer closes orderly.
-- @tparam ?number timeout
-- @treturn string
function reading:read_all(timeout)
  await(self, "eof", function(inbox) return inbox.ended == "eof" end, timeout)
  return self.inbox:take()
end

--- All bytes until the connection ends, in whichever way.
-- @tparam ?number timeout
-- @treturn string
-- @treturn string "eof" or "reset"
function reading:drain(timeout)
  local ended = await(self, "the end", function(inbox) return inbox.ended end, timeout)
  return self.inbox:take(), ended
end

--- Reads as many bytes as LITERAL has; they must be the same. Fails at the first wrong byte.
-- @tparam string literal
-- @tparam ?number timeout
function reading:expect(literal, timeout)
  await(self, bytes.show(literal), function(inbox)
    local come = inbox:peek(#literal)
    if come ~= literal:sub(1, #come) then
      failure.raise_with_witnesses("unexpected bytes: " .. bytes.difference(literal, come))
    end
    return #come == #literal
  end, timeout)
  self.inbox:take(#literal)
end

--- The peer must close orderly, without another byte.
-- @tparam ?number timeout
function reading:expect_eof(timeout)
  await_end(self, "eof", { eof = true }, timeout)
end

--- The peer must reset the connection, without another byte.
-- @tparam ?number timeout
function reading:expect_reset(timeout)
  await_end(self, "reset", { reset = true }, timeout)
end

--- The peer must close or reset the connection, without another byte.
-- @tparam ?number timeout
-- @treturn string "eof" or "reset"
function reading:expect_closed(timeout)
  return await_end(self, "eof or reset", { eof = true, reset = true }, timeout)
end

--- Nothing must come for a while: no byte, no end. The only call that always takes its time.
-- @tparam number seconds
function reading:expect_silence(seconds)
  check_readable(self)
  local inbox = self.inbox
  if loop.lapse(seconds, function() return inbox.size > 0 or inbox.ended end) then
    local ending = inbox.ended and (", and the connection ended (%s)"):format(inbox.ended) or ""
    failure.raise_with_witnesses(("expected silence for %g s; %s%s")
      :format(seconds, inbox:describe(), ending))
  end
end

return reading
