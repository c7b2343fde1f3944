--- The bytes which came from a peer and which nobody has read yet, and how the peer ended.

local bytes = require "spec.support.bytes"

local inbox = {}
inbox.__index = inbox

--- An empty inbox.
-- @treturn inbox with `.size`, and `.ended` once nothing more can come
function inbox.new()
  return setmetatable({ text = "", first = 1, pieces = {}, size = 0 }, inbox)
end

--- Adds what came.
-- @tparam string piece
function inbox:add(piece)
  self.pieces[#self.pieces + 1] = piece
  self.size = self.size + #piece
end

-- Puts the pieces to the rest of the text. Reading on within the text copies nothing.
local function join(self)
  if #self.pieces > 0 then
    self.text = self.text:sub(self.first) .. table.concat(self.pieces)
    self.first, self.pieces = 1, {}
  end
end

--- The first N bytes, or all; they stay there.
-- @tparam ?number n
-- @treturn string
function inbox:peek(n)
  join(self)
  return self.text:sub(self.first, self.first + (n or self.size) - 1)
end

--- How many bytes there are up to LITERAL, and LITERAL.
-- @tparam string literal
-- @treturn ?number
function inbox:length_until(literal)
  join(self)
  local _, last = self.text:find(literal, self.first, true)
  return last and last - self.first + 1
end

--- Takes the first N bytes, or all.
-- @tparam ?number n
-- @treturn string
function inbox:take(n)
  local taken = self:peek(n)
  self.first = self.first + #taken
  self.size = self.size - #taken
  return taken
end

--- What is there, for a message.
-- @treturn string
function inbox:describe()
  if self.size == 0 then return "nothing had come" end
  local unit = self.size == 1 and "byte" or "bytes"
  return ("%d %s had come: %s"):format(self.size, unit, bytes.show(self:peek()))
end

return inbox
