--- Temporary files, gone after the cleanup.

local uv = require "spec.support.uv"

local files = {}

local directories = {}   -- each with the names of its files

--- Writes TEXT to PATH in one step: nobody ever sees half of it.
-- @tparam string path
-- @tparam string text
function files.write(path, text)
  local beside = path .. ".new"
  local file = assert(io.open(beside, "wb"))
  assert(file:write(text))
  assert(file:close())
  assert(os.rename(beside, path))
end

--- Writes TEXT to a file in a directory of its own.
-- @tparam string text
-- @tparam ?string name without directories
-- @treturn string its path
function files.new(text, name)
  local directory = assert(uv.fs_mkdtemp(uv.os_tmpdir() .. "/luaproxy-spec-XXXXXX"))
  directories[#directories + 1] = directory
  local path = directory .. "/" .. (name or "file")
  files.write(path, text)
  return path
end

--- Removes all of them, and what others have put beside them.
function files.remove_all()
  for _, directory in ipairs(directories) do
    for name in uv.fs_scandir_next, (uv.fs_scandir(directory)) do
      os.remove(directory .. "/" .. name)
    end
    uv.fs_rmdir(directory)
  end
  directories = {}
end

return files
