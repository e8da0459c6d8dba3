/* SPDX-License-Identifier: Apache-2.0 */
#include "symbols.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/** Whether `count` things of `each` bytes from `offset` on are in the file. */
static bool is_inside(uint64_t offset, uint64_t count, uint64_t each, size_t size)
{
	return offset <= size && count <= (size - offset) / each;
}

/** Labels of code and data; not those by which Arm marks what is code and what is data. */
static bool is_named(const Elf64_Sym *symbol, const char *name)
{
	unsigned char type = ELF64_ST_TYPE(symbol->st_info);

	return (type == STT_FUNC || type == STT_NOTYPE) && symbol->st_shndx != SHN_UNDEF &&
	       name[0] != '\0' && name[0] != '$' && name[0] != '.';
}

static int compare(const void *a, const void *b)
{
	const struct symbol *left = a;
	const struct symbol *right = b;

	if (left->address != right->address) {
		return left->address < right->address ? -1 : 1;
	}
	return strcmp(left->name, right->name);
}

static const char *read_table(struct symbols *symbols, const uint8_t *bytes, size_t size,
			      const Elf64_Shdr *table, const Elf64_Shdr *names)
{
	uint64_t count = table->sh_size / sizeof(Elf64_Sym);

	if (!is_inside(table->sh_offset, count, sizeof(Elf64_Sym), size) || names->sh_size == 0 ||
	    !is_inside(names->sh_offset, names->sh_size, 1, size) ||
	    bytes[names->sh_offset + names->sh_size - 1] != 0) {
		return "a damaged symbol table";
	}
	symbols->list = calloc(count + 1u, sizeof(*symbols->list));
	if (symbols->list == NULL) {
		return "no memory";
	}
	for (uint64_t i = 0; i < count; i++) {
		Elf64_Sym symbol;
		const char *name;

		memcpy(&symbol, bytes + table->sh_offset + i * sizeof(symbol), sizeof(symbol));
		if (symbol.st_name >= names->sh_size) {
			continue;
		}
		name = (const char *)bytes + names->sh_offset + symbol.st_name;
		if (is_named(&symbol, name)) {
			symbols->list[symbols->count].address = symbol.st_value;
			symbols->list[symbols->count++].name = name;
		}
	}
	qsort(symbols->list, symbols->count, sizeof(*symbols->list), compare);
	return NULL;
}

static Elf64_Shdr section_at(const uint8_t *bytes, const Elf64_Ehdr *head, uint64_t index)
{
	Elf64_Shdr section;

	memcpy(&section, bytes + head->e_shoff + index * sizeof(section), sizeof(section));
	return section;
}

const char *symbols_read(struct symbols *symbols, const uint8_t *bytes, size_t size)
{
	Elf64_Ehdr head;

	memset(symbols, 0, sizeof(*symbols));
	if (size < sizeof(head)) {
		return "too short for an ELF file";
	}
	memcpy(&head, bytes, sizeof(head));
	if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_ident[EI_DATA] != ELFDATA2LSB || head.e_shentsize != sizeof(Elf64_Shdr) ||
	    !is_inside(head.e_shoff, head.e_shnum, sizeof(Elf64_Shdr), size)) {
		return "not a 64-bit ELF file with sections";
	}
	for (uint64_t i = 0; i < head.e_shnum; i++) {
		Elf64_Shdr section = section_at(bytes, &head, i);
		Elf64_Shdr names;

		if (section.sh_type != SHT_SYMTAB || section.sh_link >= head.e_shnum) {
			continue;
		}
		names = section_at(bytes, &head, section.sh_link);
		return read_table(symbols, bytes, size, &section, &names);
	}
	return "no symbol table";
}

void symbols_free(struct symbols *symbols)
{
	free(symbols->list);
	memset(symbols, 0, sizeof(*symbols));
}

const char *symbols_name(const struct symbols *symbols, uint64_t address)
{
	size_t low = 0;
	size_t high = symbols->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2u;

		if (symbols->list[middle].address <= address) {
			low = middle + 1u;
		} else {
			high = middle;
		}
	}
	return low == 0 ? "" : symbols->list[low - 1u].name;
}

bool symbols_find(const struct symbols *symbols, const char *name, uint64_t *address)
{
	for (size_t i = 0; i < symbols->count; i++) {
		if (strcmp(symbols->list[i].name, name) == 0) {
			*address = symbols->list[i].address;
			return true;
		}
	}
	return false;
}
