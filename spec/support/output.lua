--- What a child process writes, line by line, in the order in which it came.

local output = {}
output.__index = output

local SHOWN = 20   -- lines in a message

--- Nothing yet.
-- @treturn output
function output.new()
  return setmetatable({
    lines = {},      -- of both streams: { stream = "stderr", text = "…" }
    pieces = { stdout = {}, stderr = {} },
    partial = { stdout = "", stderr = "" },
    seen = {},       -- pattern to the number of lines it needs to look at no more
  }, output)
end

local function add_line(self, stream, text)
  self.lines[#self.lines + 1] = { stream = stream, text = text }
end

--- Adds what came; nil for the end of the stream.
-- @tparam string stream "stdout" or "stderr"
-- @tparam ?string piece
function output:add(stream, piece)
  local rest = self.partial[stream]
  if piece then
    table.insert(self.pieces[stream], piece)
    rest = (rest .. piece):gsub("([^\n]*)\n", function(line)
      add_line(self, stream, line)
      return ""
    end)
  elseif rest ~= "" then
    add_line(self, stream, rest)
    rest = ""
  end
  self.partial[stream] = rest
end

--- All that came.
-- @tparam string stream "stdout" or "stderr"
-- @treturn string
function output:text(stream)
  return table.concat(self.pieces[stream])
end

--- The first line with a match of PATTERN which has not been returned for this pattern before.
-- @tparam string pattern of Lua
-- @treturn ?table the captures, or the whole match, as of `table.pack(line:match(pattern))`
function output:next_match(pattern)
  for i = (self.seen[pattern] or 0) + 1, #self.lines do
    self.seen[pattern] = i
    local found = table.pack(self.lines[i].text:match(pattern))
    if found[1] then return found end
  end
  return nil
end

--- All lines so far with a match of PATTERN.
-- @tparam ?string pattern all lines if absent
-- @treturn {string,...} the first capture of each, or the line if the pattern has none
function output:all_matches(pattern)
  local found = {}
  for _, line in ipairs(self.lines) do
    local first, last, capture = line.text:find(pattern or "")
    if first then
      found[#found + 1] = capture or last and line.text
    end
  end
  return found
end

--- The last lines, for a message.
-- @treturn string
function output:describe()
  if #self.lines == 0 then return "it said nothing" end
  local shown = { "it said:" }
  for i = math.max(1, #self.lines - SHOWN + 1), #self.lines do
    shown[#shown + 1] = ("  %s: %s"):format(self.lines[i].stream, self.lines[i].text)
  end
  return table.concat(shown, "\n")
end

return output
